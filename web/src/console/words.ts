// The words of the console in all languages.
import { speaker } from '../lang';
import { en, type Word } from './words/en';
import { ja } from './words/ja';
import { pt } from './words/pt';
import { zh } from './words/zh';

export type { Word };
export const words = { en, ja, pt, zh };
export const say = speaker<Word>(words);
