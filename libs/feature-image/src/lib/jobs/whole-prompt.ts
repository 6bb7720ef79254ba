import type { Character, ImageJob } from '@sluice/data-access-database';

const STYLES: Readonly<Record<string, string>> = {
  photo: 'photo',
  anime: 'anime style',
  illustration: 'illustration',
};

/** What is painted: what the user asked for, and what his character looks like. Without a character, only the first. */
export function wholePrompt(
  job: Pick<ImageJob, 'prompt' | 'ownerId'>,
  character: Pick<Character, 'ownerId' | 'config'> | null,
): string {
  if (!character || character.ownerId !== job.ownerId) return job.prompt;
  const { style, age, appearance, bio } = character.config;
  const words = [
    job.prompt,
    typeof style === 'string' ? STYLES[style] : undefined,
    typeof age === 'number' ? `${age} years old` : undefined,
    appearance,
    bio,
  ];
  return words.filter((word) => typeof word === 'string' && word.trim() !== '').join(', ');
}
