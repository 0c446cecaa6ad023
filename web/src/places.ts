// Names of places.  i18n-iso-countries gives the formal ones; where the press and the published
// reports use a shorter or another name, that one is put over it.
import data from 'virtual:places';
import type { Lang } from './lang';

const order: readonly Lang[] = ['en', 'ja', 'pt', 'zh'];

const preferred: Record<string, [string, string, string, string]> = {
  AE: ['United Arab Emirates', 'アラブ首長国連邦', 'Emirados Árabes Unidos', '阿拉伯联合酋长国'],
  BA: ['Bosnia and Herzegovina', 'ボスニア・ヘルツェゴビナ', 'Bósnia e Herzegovina', '波斯尼亚和黑塞哥维那'],
  BN: ['Brunei', 'ブルネイ', 'Brunei', '文莱'],
  BO: ['Bolivia', 'ボリビア', 'Bolívia', '玻利维亚'],
  CD: ['Congo (DRC)', 'コンゴ民主共和国', 'República Democrática do Congo', '刚果（金）'],
  CG: ['Congo', 'コンゴ共和国', 'Congo', '刚果（布）'],
  CI: ["Côte d'Ivoire", 'コートジボワール', 'Costa do Marfim', '科特迪瓦'],
  CN: ['China', '中国', 'China', '中国'],
  CZ: ['Czechia', 'チェコ', 'Tchéquia', '捷克'],
  FM: ['Micronesia', 'ミクロネシア連邦', 'Micronésia', '密克罗尼西亚'],
  GB: ['United Kingdom', '英国', 'Reino Unido', '英国'],
  GE: ['Georgia', 'ジョージア', 'Geórgia', '格鲁吉亚'],
  HK: ['Hong Kong', '香港', 'Hong Kong', '香港'],
  IR: ['Iran', 'イラン', 'Irã', '伊朗'],
  KP: ['North Korea', '北朝鮮', 'Coreia do Norte', '朝鲜'],
  KR: ['Korea', '韓国', 'Coreia do Sul', '韩国'],
  LA: ['Laos', 'ラオス', 'Laos', '老挝'],
  LY: ['Libya', 'リビア', 'Líbia', '利比亚'],
  MD: ['Moldova', 'モルドバ', 'Moldávia', '摩尔多瓦'],
  MK: ['North Macedonia', '北マケドニア', 'Macedônia do Norte', '北马其顿'],
  MM: ['Myanmar', 'ミャンマー', 'Mianmar', '缅甸'],
  MO: ['Macao', 'マカオ', 'Macau', '澳门'],
  PS: ['Palestinian Territories', 'パレスチナ', 'Territórios Palestinos', '巴勒斯坦'],
  RU: ['Russia', 'ロシア', 'Rússia', '俄罗斯'],
  SK: ['Slovakia', 'スロバキア', 'Eslováquia', '斯洛伐克'],
  SY: ['Syria', 'シリア', 'Síria', '叙利亚'],
  SZ: ['Eswatini', 'エスワティニ', 'Essuatíni', '斯威士兰'],
  TW: ['Taiwan', '台湾', 'Taiwan', '台湾'],
  TZ: ['Tanzania', 'タンザニア', 'Tanzânia', '坦桑尼亚'],
  TR: ['Türkiye', 'トルコ', 'Turquia', '土耳其'],
  US: ['United States', '米国', 'Estados Unidos', '美国'],
  VA: ['Vatican City', 'バチカン', 'Vaticano', '梵蒂冈'],
  VE: ['Venezuela', 'ベネズエラ', 'Venezuela', '委内瑞拉'],
  VN: ['Vietnam', 'ベトナム', 'Vietnã', '越南'],
  ZA: ['South Africa', '南アフリカ', 'África do Sul', '南非'],
};

// i18n-iso-countries has Portugal's spelling; these are Brazil's.  And two names of others.
const also: Partial<Record<Lang, Record<string, string>>> = {
  pt: {
    AM: 'Armênia', BH: 'Bahrein', BY: 'Belarus', CW: 'Curaçao', EE: 'Estônia', FO: 'Ilhas Faroe', GL: 'Groenlândia',
    KE: 'Quênia', KI: 'Kiribati', KW: 'Kuwait', KY: 'Ilhas Cayman', LV: 'Letônia', MC: 'Mônaco', MF: 'Saint-Martin', MG: 'Madagascar',
    MU: 'Maurício', MW: 'Malaui', NC: 'Nova Caledônia', PL: 'Polônia', QA: 'Catar', RO: 'Romênia', SI: 'Eslovênia', SX: 'Sint Maarten',
    TM: 'Turcomenistão', TT: 'Trinidad e Tobago', YE: 'Iêmen',
  },
  zh: { EH: '西撒哈拉' },
};

export const topology = data.topology;
export const points: Record<string, number[]> = data.points;

export function placeName(code: string, lang: Lang): string {
  const names = preferred[code] ?? data.names[code];
  return also[lang]?.[code] ?? names?.[order.indexOf(lang)] ?? code;
}

// Every place that has a shape or a point on the map.
export function knownPlaces(): string[] {
  return Object.keys(data.names);
}
