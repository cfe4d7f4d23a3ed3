// How names and places are looked for, here and wherever else one types: without case and accents.
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// A text with its accents taken away fits when every word that was typed is in it.
export function fitting(typed) {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return (text) => words.every((word) => text.includes(word));
}
