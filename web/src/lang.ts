// Languages: numbers, dates and plurals by Intl, and texts with {places} to fill.  Shared by every
// page; each page brings its own table of words and gets its say() from speaker().

export type Lang = 'en' | 'ja' | 'pt' | 'zh';
export const langs: readonly Lang[] = ['en', 'ja', 'pt', 'zh'];
export const langNames: Record<Lang, string> = { en: 'English', ja: '日本語', pt: 'Português', zh: '简体中文' };

// What Intl and the documents' lang attributes get.
export const locales: Record<Lang, string> = { en: 'en-US', ja: 'ja-JP', pt: 'pt-BR', zh: 'zh-Hans-CN' };
export const htmlLang: Record<Lang, string> = { en: 'en', ja: 'ja', pt: 'pt-BR', zh: 'zh-Hans' };

export function asLang(text: string | null | undefined): Lang | undefined {
  return langs.find((l) => l === text);
}

export type Words<W extends string> = Record<Lang, Record<W, string>>;
export type Values = Record<string, string | number>;
export type Say<W extends string> = (lang: Lang, word: W, values?: Values) => string;

const plurals = new Map<Lang, Intl.PluralRules>();

function isOne(lang: Lang, n: number): boolean {
  let rules = plurals.get(lang);
  if (rules === undefined) {
    rules = new Intl.PluralRules(locales[lang]);
    plurals.set(lang, rules);
  }
  return rules.select(n) === 'one';
}

// {n} is the value, a number with its separators; {n#computer|computers} the form that goes with it.
const place = /\{(\w+)(?:#([^{}|]*)\|([^{}|]*))?\}/g;

export function fillIn(lang: Lang, text: string, values: Values = {}): string {
  return text.replace(place, (_, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (one !== undefined) {
      return isOne(lang, Number(value)) ? one : many ?? '';
    }
    return typeof value === 'number' ? count(lang, value) : String(value);
  });
}

// The names in braces, for the test that all languages agree.
export function placesIn(text: string): string[] {
  return [...new Set([...text.matchAll(place)].map((m) => m[1]))].sort();
}

export function speaker<W extends string>(words: Words<W>): Say<W> {
  return (lang, word, values) => fillIn(lang, words[lang][word], values);
}

// --- numbers ---

const formats = new Map<string, Intl.NumberFormat>();

function format(lang: Lang, digits: number): Intl.NumberFormat {
  const key = `${lang}${digits}`;
  let f = formats.get(key);
  if (f === undefined) {
    f = new Intl.NumberFormat(locales[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(key, f);
  }
  return f;
}

export function count(lang: Lang, n: number): string {
  return format(lang, 0).format(n);
}

export function decimal(lang: Lang, n: number, digits = 1): string {
  return format(lang, digits).format(n);
}

// A digit that the figures carry as text ("12.3"), with the language's decimal sign.
export function printed(lang: Lang, text: string): string {
  const digits = /^-?\d+(?:\.(\d+))?$/.exec(text);
  return digits === null ? text : decimal(lang, Number(text), digits[1]?.length ?? 0);
}

export function percent(lang: Lang, n: number, digits = 1): string {
  return decimal(lang, n, digits) + (lang === 'pt' || lang === 'zh' ? '%' : ' %');
}

export function interval(lang: Lang, low: number, high: number, digits = 1): string {
  return `${decimal(lang, low, digits)}–${decimal(lang, high, digits)}`;
}

// --- dates ---

// "2026-11-29T…" as a day, as the language writes it; the day is UTC's.
export function day(lang: Lang, iso: string): string {
  const date = new Date(iso.slice(0, 10) + 'T00:00:00Z');
  return Number.isNaN(date.getTime()) ? iso
    : new Intl.DateTimeFormat(locales[lang], { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}

// "2009-01" as a month.
export function month(lang: Lang, text: string, style: 'long' | 'short' = 'long'): string {
  const date = new Date(text + '-01T00:00:00Z');
  return Number.isNaN(date.getTime()) ? text
    : new Intl.DateTimeFormat(locales[lang], { year: 'numeric', month: style, timeZone: 'UTC' }).format(date);
}

// "2009-01" to "2009-06" as one range of months.
export function months(lang: Lang, from: string, to: string): string {
  const [year, first, last] = [from.slice(0, 4), Number(from.slice(5)), Number(to.slice(5))];
  if (from === to) {
    return month(lang, from);
  }
  if ((lang === 'ja' || lang === 'zh') && to.startsWith(year)) { // Intl writes these ranges with strokes
    return lang === 'ja' ? `${year}年${first}月～${last}月` : `${year}年${first}月至${last}月`;
  }
  const f = new Intl.DateTimeFormat(locales[lang], { year: 'numeric', month: 'long', timeZone: 'UTC' });
  return f.formatRange(new Date(from + '-01T00:00:00Z'), new Date(to + '-01T00:00:00Z'));
}

// "1H09 (January – June 2009)"; a year or a single month needs no label.
export function periodName(lang: Lang, p: { label: string; from: string; to: string; months: number }): string {
  if (p.months === 12 && p.from.endsWith('-01')) {
    return lang === 'ja' || lang === 'zh' ? `${p.from.slice(0, 4)} 年` : p.from.slice(0, 4);
  }
  const text = months(lang, p.from, p.to);
  return p.months === 1 ? text : lang === 'ja' || lang === 'zh' ? `${p.label}（${text}）` : `${p.label} (${text})`;
}
