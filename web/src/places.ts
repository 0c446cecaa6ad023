// Names of places.  i18n-iso-countries gives the formal ones; where the press and the published
// reports use a shorter or another name, that one is put over it.
import data from 'virtual:places';
import type { Lang } from './words';

const preferred: Record<string, [string, string]> = {
  AE: ['United Arab Emirates', 'アラブ首長国連邦'],
  BA: ['Bosnia and Herzegovina', 'ボスニア・ヘルツェゴビナ'],
  BN: ['Brunei', 'ブルネイ'],
  BO: ['Bolivia', 'ボリビア'],
  CD: ['Congo (DRC)', 'コンゴ民主共和国'],
  CG: ['Congo', 'コンゴ共和国'],
  CI: ["Côte d'Ivoire", 'コートジボワール'],
  CN: ['China', '中国'],
  CZ: ['Czechia', 'チェコ'],
  FM: ['Micronesia', 'ミクロネシア連邦'],
  GB: ['United Kingdom', '英国'],
  GE: ['Georgia', 'ジョージア'],
  HK: ['Hong Kong', '香港'],
  IR: ['Iran', 'イラン'],
  KP: ['North Korea', '北朝鮮'],
  KR: ['Korea', '韓国'],
  LA: ['Laos', 'ラオス'],
  LY: ['Libya', 'リビア'],
  MD: ['Moldova', 'モルドバ'],
  MK: ['North Macedonia', '北マケドニア'],
  MM: ['Myanmar', 'ミャンマー'],
  MO: ['Macao', 'マカオ'],
  PS: ['Palestinian Territories', 'パレスチナ'],
  RU: ['Russia', 'ロシア'],
  SK: ['Slovakia', 'スロバキア'],
  SY: ['Syria', 'シリア'],
  SZ: ['Eswatini', 'エスワティニ'],
  TW: ['Taiwan', '台湾'],
  TZ: ['Tanzania', 'タンザニア'],
  TR: ['Türkiye', 'トルコ'],
  US: ['United States', '米国'],
  VA: ['Vatican City', 'バチカン'],
  VE: ['Venezuela', 'ベネズエラ'],
  VN: ['Vietnam', 'ベトナム'],
  ZA: ['South Africa', '南アフリカ'],
};

export const topology = data.topology;
export const points: Record<string, number[]> = data.points;

export function placeName(code: string, lang: Lang): string {
  const names = preferred[code] ?? data.names[code];
  return names === undefined ? code : names[lang === 'ja' ? 1 : 0];
}
