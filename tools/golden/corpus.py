"""Text on which the fixture tokenizers are trained: enough scripts and code that merges cross every character class."""

SENTENCES = """
You are a helpful assistant.
Which image matches the prompt better? Think first, then answer with the number of the better image.
The first image is sharp and well exposed, but the second image is blurred and too dark.
Image 1 shows strong noise; image 2 shows compression artefacts around the edges.
Picture 1: Picture 2: Picture 3: Picture 4:
<think>The colours of image 1 look natural. Image 2 has a green cast.</think> Answer: 1
Score each image from 0 to 10 for quality, alignment and detail.
I'm sure they're right, it's what we've seen, you'll agree and he'd say so; don't you? I can't tell.
The prompt asks for a red bicycle leaning against a white wall in the morning sun.
Both images are equally good, so the answer is a tie.
A photo of a cat, a dog, a horse and a bird in the grass near the river.
def rank(images, votes=8):\n    return sorted(images, key=lambda image: -score(image, votes))
if (x != 0 && y >= 10) { std::cout << x / y << "\\n"; } // 100% of 3.14159
https://example.org/images/2024-05-01/photo_0001.jpg?size=large&format=webp
The price rose from 1,250 to 13,400 between 1999 and 2024.
Le café est très agréable; l'été dernier, nous étions à la plage où il faisait chaud.
Größe und Schärfe des Bildes ändern sich nicht, außer bei Übergängen.
El niño pequeño comió una manzana roja en el jardín de señor Muñoz.
Изображение слева резкое, изображение справа размытое.
Το πρώτο είναι καλύτερο από το δεύτερο.
第一张图片更清晰，第二张图片有噪点。请先思考，然后回答。
画像の品質を比較してください。こちらの写真はとても美しいです。
첫 번째 이미지가 더 선명합니다.
الصورة الأولى أوضح من الصورة الثانية
התמונה הראשונה חדה יותר
पहली तस्वीर दूसरी से बेहतर है
ภาพแรกคมชัดกว่าภาพที่สอง
Sehr geehrte Damen und Herren,\r\n\r\nanbei das Bild.\r\n\tMit freundlichen Grüßen
😀 👍🏽 🎉 a smile, a thumb and a party — “quoted”, ‘single’, … and §5 ¶2 © ® ™
"""


def lines():
    """Every line, escapes resolved."""
    return [line.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t") for line in SENTENCES.strip().split("\n")]


def english():
    """What a judge's prompt is made of: the tiny checkpoints' vocabularies learn this alone."""
    chat = "system\nYou are a helpful assistant.\nuser\nWhich image is better?\n\nassistant\n"
    return lines()[:12] + [chat] * 3 + ["Answer: 1\n\nAnswer: 2\n\n", "  two  spaces  "]
