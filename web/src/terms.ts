// Terms of all pages in all languages: term(lang, 'family'), categoryName(lang, 'worm').
import { speaker, type Lang } from './lang';
import { en, type Term } from './terms/en';
import { ja } from './terms/ja';
import { pt } from './terms/pt';
import { zh } from './terms/zh';

export type { Term };
export const terms = { en, ja, pt, zh };
export const term = speaker<Term>(terms);

export const categories = ['trojan', 'downloader', 'worm', 'password-stealer', 'adware', 'exploit', 'backdoor',
  'virus', 'spyware', 'unwanted'] as const;

// The word of a record as the reader's language has it; a word that is not known stays as it is.
export function categoryName(lang: Lang, category: string): string {
  const known = categories.find((c) => c === category);
  return known !== undefined ? term(lang, known) : category === '' ? term(lang, 'other') : category;
}

export function segmentName(lang: Lang, word: string): string {
  return term(lang, word === 'home' || word === 'enterprise' ? word : 'unknown');
}

export function familyName(lang: Lang, family: string): string {
  return family === '' ? term(lang, 'unknownFamily') : family;
}

// key: system, service pack, bits ("0": not known).
export function systemName(lang: Lang, key: string[]): string {
  const [system, servicePack, bits] = key;
  return [system === '' ? term(lang, 'unknownSystem') : system, servicePack,
    bits === '0' || bits === '' ? '' : term(lang, 'bits', { bits })].filter((w) => w !== '').join(' ');
}
