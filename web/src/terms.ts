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
  return known !== undefined ? term(lang, known) : category === '' ? term(lang, 'other') : visible(category);
}

export function segmentName(lang: Lang, word: string): string {
  return term(lang, word === 'home' || word === 'enterprise' ? word : 'unknown');
}

const longest = 120; // characters of a name that are shown; files of data have all of it

// A name out of a record, fit to be read: nothing that turns the direction of the text around it, no
// control characters, and an end.
export function visible(text: string): string {
  const plain = [...text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '\ufffd')];
  return plain.length <= longest ? plain.join('') : plain.slice(0, longest - 1).join('') + '…';
}

export function familyName(lang: Lang, family: string): string {
  return family === '' ? term(lang, 'unknownFamily') : visible(family);
}

// key: system, service pack, bits ("0": not known).
export function systemName(lang: Lang, key: string[]): string {
  const [system, servicePack, bits] = [visible(key[0]), visible(key[1]), key[2]];
  return [system === '' ? term(lang, 'unknownSystem') : system, servicePack,
    bits === '0' || bits === '' ? '' : term(lang, 'bits', { bits })].filter((w) => w !== '').join(' ');
}
