/**
 * What is asked for, each of the user who asks.
 *
 * @type {{ id: string, title: string, path: (user: import('./users.mjs').SeededUser) => string,
 *   isOf: (body: object, user: import('./users.mjs').SeededUser) => boolean }[]}
 */
export const kinds = [
  {
    id: 'gallery',
    title: "the gallery's first page",
    path: () => '/api/gallery',
    isOf: ({ data }, { imageIds }) => data.length === 20 && data[0].id === imageIds[0],
  },
  {
    id: 'character',
    title: 'a character',
    path: ({ characterId }) => `/api/characters/${characterId}`,
    isOf: ({ id }, { characterId }) => id === characterId,
  },
  {
    id: 'image',
    title: "an image's status",
    path: ({ imageIds }) => `/api/images/${imageIds[0]}`,
    isOf: ({ id }, { imageIds }) => id === imageIds[0],
  },
];

/** @param {string} id */
export function kindOf(id) {
  return kinds.find((kind) => kind.id === id);
}
