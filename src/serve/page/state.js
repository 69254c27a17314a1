// What the page is about: images, prompt, the last ranking, votes. Kept in the browser at every change.
import { load, save } from "/page/api.js";

export const state = {
  images: [],      // { id, name, blob, url, hash }: hash once the server keeps the picture
  prompt: "",
  ranking: null,   // the answer of /v1/rank, and `ids`, the images in its order
  votes: [],       // { id, prompt, pair: [id, id], choice, sent }: in this order
};

const listeners = new Set();
export const onChange = (listener) => listeners.add(listener);

let saving = Promise.resolve();

/** Tells everybody, and keeps it. */
export function changed() {
  for (const listener of listeners) listener();
  const kept = {
    images: state.images.map(({ id, name, blob, hash }) => ({ id, name, blob, hash })),
    prompt: state.prompt, ranking: state.ranking, votes: state.votes,
  };
  saving = saving.then(() => save("state", kept)).catch(() => {});
  return saving;
}

export async function restore() {
  const kept = await load("state");
  if (!kept) return;
  Object.assign(state, kept);
  for (const image of state.images) image.url = URL.createObjectURL(image.blob);
}

let count = 0;
export const newId = () =>
  `${Date.now().toString(36)}-${(count++).toString(36)}-${Math.random().toString(36).slice(2, 12)}`;

export const imageOf = (id) => state.images.find((image) => image.id === id);

/** P(first better) that the judge gave to a pair of images; null where it did not compare them. */
export function judgeOf(first, second) {
  if (!state.ranking || state.ranking.prompt !== state.prompt) return null;
  const i = state.ranking.ids.indexOf(first), j = state.ranking.ids.indexOf(second);
  for (const comparison of state.ranking.comparisons) {
    if (comparison.p === null) continue;
    if (comparison.pair[0] === i && comparison.pair[1] === j) return { p: comparison.p, comparison, turned: false };
    if (comparison.pair[0] === j && comparison.pair[1] === i) return { p: 1 - comparison.p, comparison, turned: true };
  }
  return null;
}
