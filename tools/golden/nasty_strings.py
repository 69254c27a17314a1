"""Strings that separate a right tokenizer from a nearly right one. Unicode 14 or older only."""

import random

CONTRACTIONS = ["I'm I've I'll I'd it's don't we're", "I'M IT'S WE'RE YOU'LL THEY'VE HE'D CAN'T", "'s 't 're 've 'm 'll 'd",
                "''s '' 'S'T x'sx 'sm 'rev 'llama", "it\u2019s we\u2019re", "rock'n'roll o'clock 'twas",
                "it'\u017fa '\u017f", "'", "''''", "a'b'c'd'e", "\n's \r't  'm"]
NUMBERS = ["1234567890", "3.14159 1,000,000 1e-5", "x2y3 2x3y", "٠١٢٣ ۴۵ १२३ ௧௨", "①②③ Ⅷ ⅷ ½ ¾ ² ³ ₂", "𝟘𝟙𝟚 １２３",
           "〇一二三 ㊿", "100% #1 $5 €6", "v1.2.3-rc4", " 7  8   9"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\n\n\n", "\r\n\r\n", " \n", "\n ", "  \n  ", "a \n b", "a\n\n b", "a  b",
          "a   b", "a\tb", "a\t\tb", " a", "  a", "   a", "a ", "a  ", "a   ", "\u00a0a", "a\u00a0b", "a\u00a0\u00a0b", "\u3000全角\u3000",
          "a\u2028b\u2029c", "a\u0085b", "a\u000bb\u000cc", "a\u200bb", "a\ufeffb", "a\u180eb", "a\u2009\u200ab",
          "a\u001c\u001d\u001e\u001fb", "\u0000", "a\u0000b", " \u00a0 x", "x \t \n \t y", "if:\n    return\n\n\tend  \n", "\r\r\n\n\r",
          "one \r\n two\r\n\r\n  three", "... \n...", "!\n!\r\n!\n\n", "!?\n\n  x", " !", "  !", "\n!", "   \n\n   \n x"]
SCRIPTS = ["Hello world", " Hello world", "héllo wörld çà œuvre ﬁne", "Привет, мир! Как дела?", "Γειά σου Κόσμε", "你好，世界！这是一张图片。",
           "こんにちは世界、カタカナも。", "안녕하세요 세계", "مرحبا بالعالم ـــ لا", "שלום עולם שָׁלוֹם", "नमस्ते दुनिया क्या", "สวัสดีชาวโลก ภาพที่", "ជំរាបសួរ",
           "བོད་ཡིག", "ქართული Ქ", "Հայերեն", "አማርኛ", "ᚠᚢᚦ 𐌰𐌱 𐐀𐐨 𝒜𝓑 𝔄", "ʰʲ ˈstrɛs ªº", "ǅ ǈ ĳ ß ẞ ı İ ſ", "𠀀𪜀 㐀 豈", "ꙮ ﷺ ﷽"]
NORMALISED = ["e\u0301 = \u00e9", "A\u030angstro\u0308m \u212b \u2126 \u212a", "\u1112\u1161\u11ab\u1100\u116e\u11a8 한국", "\uac00\u11a8 \u1100\u1161",
              "q\u0307\u0323 q\u0323\u0307", "a\u0316\u0300 a\u0300\u0316 a\u0315\u0300\u05ae", "\u0958\u0929 \u0928\u093c", "\u0344 \u0308\u0301",
              "\ufb1d \ufb2a \ufb4e", "\uf900\u2f81a 豈", "\u1f71 \u1fbb \u1f7d", "s\u0307\u0323 \u1e9b\u0323", "\u0301 alone", "\n\u0301", "1\u0301 !\u0308",
              "\u00c5\u0327 \u1e69 \u1e0b\u0323", "\u0cc6\u0cc2\u0cd5 \u0dd9\u0dcf\u0dca", "\u09c7\u09be \u0b47\u0b3e", "\u3099 か\u3099 は\u309a",
              "\u11347 \U00011131\U00011127 \U0001d15e", "ﬀ ﬃ ² ™ ① Ａ ㍿", "e\u0301\u0301\u0327", "\u0f71\u0f72 \u0f73 \u0fb2\u0f80", "Z\u0351\u036b\u0343a\u0323\u0348lgo\u0321"]
SYMBOLS = ["😀😃 👍🏽 👨\u200d👩\u200d👧 🇩🇪🇫🇷 1\ufe0f\u20e3 ❤️ ☺", "—–‐ … “quoted” ‘x’ «g» ¿¡", "()[]{}<>/\\|@#~`^&*_+=-", "a.b,c;d:e!f?g", "...???!!!---",
           "x=y; //comment\n/* c */", "<div class=\"a\">text</div>", "C:\\path\\file.txt ~/.bashrc", "user@example.org https://a.b/c?d=e&f#g",
           "∀x∈ℝ: ⌈x⌉ ≥ x ∑∫√∞ ≠", "→ ⇒ ↔ ■ □ ▲ ☃ ♫ ✓", "\ue000\uf8ff \U000f0000", "\ufffd \ufffe?", "\u202eabc\u202c \u2066x\u2069", "a_b__c ___", "🏴\U000e0067\U000e0062\U000e007f",
           "\u0378\u0530", "€£¥₿ ¢", "°C ±5 µm × ÷", "ः ா ி \u20dd"]
SPECIAL = ["<|im_start|>user\nHello<|im_end|>\n", "<|endoftext|>", "a<|image_pad|>b", "<|vision_start|><|image_pad|><|vision_end|>", "<|im_start|",
           "<|im_start |>", "<<|im_end|>>", " <|im_end|> ", "<|IM_END|>", "<|im_end|><|im_end|>", "e<|im_end|>\u0301", "<|image_pad|>1<|video_pad|>'s",
           "\n<|im_start|>\n\n<|im_end|>\n", "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(1,2)<|box_end|>", "<|im\u200b_end|>",
           "<|vision_pad|> <|quad_start|><|quad_end|>"]
NOT_SPECIAL = ["<tool_call>{}</tool_call>", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", "<|repo_name|>x<|file_sep|>y<|fim_pad|>"]
LONG = ["", "a", "ab" * 400, " " * 500, "\n" * 300, "word " * 120, "1" * 300, "é" * 200, "!" * 300, "x\n" * 150, "的" * 200]

POOL = list("aAbestrvmldxyzÉßſ'''\u2019  \t\n\r019.,!?-_/<|>()") + list(
    "é\u0301\u0308\u0327\u0323\u00a0\u2028\u200b\u200dЖжΩωאبनिक中文あカ한\u1100\u1161①½²🙂👍🏽\ufe0f€—“\u3000\u0085\u212b")


def random_strings(count=160, seed=7):
    source = random.Random(seed)
    return ["".join(source.choice(POOL) for _ in range(source.randint(2, 28))) for _ in range(count)]


def groups():
    return {"contractions": CONTRACTIONS, "numbers": NUMBERS, "spaces": SPACES, "scripts": SCRIPTS, "normalised": NORMALISED,
            "symbols": SYMBOLS, "special": SPECIAL, "not_special": NOT_SPECIAL, "long": LONG, "random": random_strings()}
