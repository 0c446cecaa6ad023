// What every section of the report gets: the figures, what is looked at, and texts in its language.
import type { Cell, Figures, Period, Unit, Value } from '../figures';
import { count, day, decimal, interval, locales, month, percent, periodName, printed, type Lang, type Say, type Values } from '../lang';
import { placeName } from '../places';
import type { Sorting } from '../tables';
import { categoryName, familyName, segmentName, systemName, term, visible, type Term } from '../terms';
import { say, type Word } from '../words';

export interface View {
  lang: Lang;
  period: Period;
  country: string | undefined; // undefined: the world
  chosen: string[] | undefined; // places in the chart of trends; undefined: the largest
}

export interface Context extends View {
  figures: Figures;
  publisher: string;
  t: Texts;
  count: { figure: number }; // figures numbered so far
  printPlaces: string[]; // places whose pages are added at the end
  sortings: Map<string, Sorting>;
  go: (to: Partial<View>) => void;
  href: (to: Partial<View>) => string;
  announce: (text: string) => void;
}

function digitsFor(v: Value, least: number): number {
  let digits = least;
  while (digits < 3 && v.low.toFixed(digits) === v.high.toFixed(digits) && v.low !== v.high) {
    digits++;
  }
  return digits;
}

// The texts and numbers of one language.
export class Texts {
  constructor(readonly lang: Lang) {}

  say(word: Word, values?: Values): string {
    return (say as Say<Word>)(this.lang, word, values);
  }

  term(word: Term, values?: Values): string {
    return term(this.lang, word, values);
  }

  count(n: number): string {
    return count(this.lang, n);
  }

  decimal(n: number, digits = 1): string {
    return decimal(this.lang, n, digits);
  }

  percent(n: number, digits = 1): string {
    return percent(this.lang, n, digits);
  }

  printed(text: string): string {
    return printed(this.lang, text);
  }

  // As many digits as tell the two limits apart, up to three.
  interval(v: Value, digits = 1): string {
    return interval(this.lang, v.low, v.high, digitsFor(v, digits));
  }

  limits(v: Value): { low: string; high: string } {
    const digits = digitsFor(v, 1);
    return { low: this.decimal(v.low, digits), high: this.decimal(v.high, digits) };
  }

  day(iso: string): string {
    return day(this.lang, iso);
  }

  month(text: string, style: 'long' | 'short' = 'long'): string {
    return month(this.lang, text, style);
  }

  period(p: Period): string {
    return periodName(this.lang, p);
  }

  place(code: string): string {
    return visible(placeName(code, this.lang));
  }

  category(word: string): string {
    return categoryName(this.lang, word);
  }

  family(name: string): string {
    return familyName(this.lang, name);
  }

  segment(word: string): string {
    return segmentName(this.lang, word);
  }

  system(key: string[]): string {
    const name = systemName(this.lang, key);
    return key[3] === 'yes' ? `${name} (${this.say('server')})` : name;
  }

  list(texts: string[]): string {
    return new Intl.ListFormat(locales[this.lang], { type: 'conjunction' }).format(texts);
  }

  // "+12.3 %", with the sign that the language writes.
  signed(n: number, digits = 1): string {
    return (n > 0 ? '+' : n < 0 ? '−' : '') + this.percent(Math.abs(n), digits);
  }

  // The printed value with its unit, as a chart's label reads it.
  value(unit: Unit, c: Cell): string {
    return unit === 'percent' ? this.percent(Number(c.print), c.print.split('.')[1]?.length ?? 0) : unit === 'count' ? this.count(c.value) : this.printed(c.print);
  }
}

// What a column of values is headed with.
export function unitName(t: Texts, unit: Unit): string {
  switch (unit) {
    case 'ccm':
      return t.term('ccm');
    case 'ccm-computers':
      return t.say('ccmComputers');
    case 'percent':
      return '%';
    case 'per-1000-hosts':
      return t.say('perThousandHosts');
    case 'count':
      return t.say('number');
  }
}

// A word of the records in the reader's language, else as it is.
export function wordOf(t: Texts, prefix: string, word: string, known: readonly string[]): string {
  return known.includes(word) ? t.say((prefix + word.replace(/(?:^|-)(\w)/g, (_, c: string) => c.toUpperCase())) as Word) : visible(word);
}

