// All wording of the page, in both languages.  {names} in braces are filled in by say().

export type Lang = 'en' | 'ja';

const words = {
  title: ['Security intelligence report', 'セキュリティ インテリジェンス レポート'],
  kicker: ['Yamori', 'Yamori'],
  period: ['Period', '対象期間'],
  language: ['Language', '言語'],
  made: ['Made {when} by {tool}', '作成: {when} ({tool})'],
  simulated: [
    '{n} of the {all} records behind this report were made by a generator. They do not describe real computers.',
    'この報告書のもとになった {all} 件の記録のうち {n} 件は、プログラムが生成したものです。実在のコンピューターの状況を表すものではありません。',
  ],
  simulatedAll: [
    'All {all} records behind this report were made by a generator. They do not describe real computers.',
    'この報告書のもとになった {all} 件の記録は、すべてプログラムが生成したものです。実在のコンピューターの状況を表すものではありません。',
  ],
  simulatedShort: ['SIMULATED DATA', '模擬データ'],

  tileCcm: ['Worldwide infection rate (CCM)', '全世界の感染率 (CCM)'],
  tileRuns: ['Executions', '実行回数'],
  tileCleaned: ['Computers cleaned', '駆除したコンピューター'],
  tilePlaces: ['Locations shown', '表示した国・地域'],
  interval: ['95 % interval {low} to {high}', '95 % 信頼区間 {low}～{high}'],
  tileRunsNote: ['of the removal tool, over {months} months', '削除ツールの実行、{months} か月間'],
  tileRunsNoteOne: ['of the removal tool, in one month', '削除ツールの実行、1 か月間'],
  tileCleanedNote: ['each counts once a month', '1 台につき月 1 回だけ数える'],
  tilePlacesNote: [
    '{cells} more are below the threshold',
    'ほかに {cells} か所はしきい値未満のため非表示',
  ],
  belowThreshold: ['below the threshold', 'しきい値未満'],

  mapTitle: ['Infection rates around the world', '世界の感染率'],
  mapLead: [
    'Computers cleaned per 1,000 executions (CCM), by country or region, {period}.',
    '国・地域別の CCM (削除ツールの実行 1,000 回あたりに駆除したコンピューターの数)、{period}。',
  ],
  mapLabel: ['World map of CCM', 'CCM の世界地図'],
  legend: ['CCM', 'CCM'],
  andMore: ['{low} or more', '{low} 以上'],
  range: ['{low} to {high}', '{low}～{high}'],
  below: ['under {high}', '{high} 未満'],
  notShown: ['too few executions, or none', '実行回数が少ない、または記録なし'],

  countryTitle: ['By country or region', '国・地域別'],
  country: ['Country or region', '国・地域'],
  ccm: ['CCM', 'CCM'],
  ci: ['95 % interval', '95 % 信頼区間'],
  executions: ['Executions', '実行回数'],
  cleaned: ['Cleaned', '駆除台数'],
  pooled: ['Pooled', '合算値'],
  sortHint: ['Choose a column heading to sort.', '見出しを選ぶと並べ替えられます。'],
  hidden: [
    'Not shown: {cells} cells with fewer than {value} executions in the period ({n} executions together).',
    '対象期間の実行回数が {value} 回に満たない {cells} 項目 (合計 {n} 回) は表示していません。',
  ],
  hiddenNone: [
    'Threshold: {value} executions in the period; no cell is below it.',
    'しきい値: 対象期間の実行回数 {value} 回。これに満たない項目はありません。',
  ],
  hiddenFindings: [
    'Not shown: {cells} with fewer than {value} computers.',
    '{value} 台に満たない {cells} 項目は表示していません。',
  ],
  unplaced: [
    'The location of {n} executions is not known; they count worldwide only.',
    '所在地が不明な実行 {n} 回は、全世界の値にのみ含めています。',
  ],

  systemTitle: ['By operating system and service pack', 'OS・サービスパック別'],
  systemLead: [
    'CCM computed inside each group, so that the number of computers of a version does not matter. The line is the 95 % interval.',
    '各グループ内で計算した CCM です (利用台数の多少に左右されません)。線は 95 % 信頼区間です。',
  ],
  system: ['System', 'システム'],
  bits: ['{bits}-bit', '{bits} ビット'],
  unknownSystem: ['not known', '不明'],

  familyTitle: ['Top families', '上位のマルウェア ファミリー'],
  familyLead: [
    'Share of the cleaned computers on which the family was found. A computer with several families counts for each.',
    'そのファミリーが見つかったコンピューターが、駆除したコンピューター全体に占める割合です。複数のファミリーが見つかった場合は、それぞれに数えます。',
  ],
  family: ['Family', 'ファミリー'],
  category: ['Category', '分類'],
  computers: ['Computers', '台数'],
  share: ['Share', '割合'],
  unknownFamily: ['(not named)', '(名前なし)'],

  segmentTitle: ['Home against enterprise', '家庭と企業'],
  segmentLead: [
    'Share of the cleaned computers of each side on which the category was found. Shares add up to more than 100 % where computers had several.',
    '家庭・企業それぞれで駆除したコンピューターのうち、その分類が見つかった割合です。1 台で複数の分類が見つかることがあるため、合計は 100 % を超えます。',
  ],
  segment: ['Segment', '区分'],
  home: ['Home', '家庭'],
  enterprise: ['Enterprise', '企業'],
  unknown: ['Not known', '不明'],
  segmentFamilies: ['Top families by side', '区分別の上位ファミリー'],

  categoryTitle: ['Categories', '分類別'],
  categoryLead: [
    'Share of the cleaned computers on which the category was found, worldwide.',
    '全世界で駆除したコンピューターのうち、その分類が見つかった割合です。',
  ],

  trendTitle: ['Trend by quarter', '四半期ごとの推移'],
  trendLead: [
    'Worldwide CCM, the average of the quarter’s monthly values. Dotted: quarters between have no figure. The band is the 95 % interval.',
    '全世界の CCM (各月の値の平均)。点線の区間には、数値のない四半期があります。帯は 95 % 信頼区間です。',
  ],
  quarter: ['Quarter', '四半期'],
  breakLabel: ['1H11: locating changes', '1H11: 所在地の判定方法が変更'],
  breakNote: [
    'Published reports located computers by their regional settings up to 2H10 and by IP address from 1H11: values of single countries on the two sides of the mark do not compare.',
    '公表された報告書では、所在地を 2H10 までは地域の設定、1H11 からは IP アドレスで判定しています。この線の前後で、国・地域別の値は比較できません。',
  ],

  methodTitle: ['How the figures are made', '数値の求め方'],
  method1: [
    'CCM, computers cleaned per mille, is the number of computers from which the removal tool removed something, for every 1,000 executions of it. The month is the base: a computer counts once a month, whatever it ran and however many families it had. A quarter or a half year is the average of its monthly values; the pooled quotient over the whole period stands beside it.',
    'CCM (Computers Cleaned per Mille) は、削除ツールの実行 1,000 回あたりに、何かが駆除されたコンピューターの数です。集計の単位は月で、何回実行しても、いくつのファミリーが見つかっても、1 台は月に 1 回だけ数えます。四半期と半期の値は各月の値の平均です。期間全体を合算した比率も併記しています。',
  ],
  method2: [
    'CCM counts what the removal tool knows. It is not the prevalence of all malware, and not comparable with an encounter rate.',
    'CCM は、削除ツールが対応するファミリーだけを数えたものです。マルウェア全体のまん延の度合いではなく、遭遇率とも比較できません。',
  ],
  method3: [
    'Intervals are Wilson’s at 95 %. Cells with fewer than {value} executions in the period are not shown, nor families and categories with fewer than {min} computers.',
    '信頼区間は Wilson 法による 95 % 区間です。対象期間の実行回数が {value} 回未満の項目と、{min} 台未満のファミリー・分類は表示していません。',
  ],
  method4: [
    'In this period: {all} records; {clean} of them are executions of the removal tool, the rest are scans, which remove nothing and are not in any rate. {incomplete} executions could not look at everything.',
    'この期間の記録は {all} 件です。うち削除ツールの実行は {clean} 件で、残りは駆除を伴わないスキャンのため、どの比率にも含めていません。一部を検査できなかった実行は {incomplete} 件です。',
  ],
  queries: ['Queries behind the figures', '集計に用いた問い合わせ (SQL)'],
  queryNote: [
    '?1 and ?2 are the first and the last month of the period, as year × 12 + month − 1.',
    '?1 と ?2 は対象期間の最初と最後の月です (年 × 12 + 月 − 1)。',
  ],
  sources: [
    'Map: Natural Earth (public domain) by world-atlas; names: i18n-iso-countries. Borders are the source’s and state no opinion.',
    '地図: Natural Earth (パブリック ドメイン、world-atlas 版)。国名: i18n-iso-countries。境界線は出典によるもので、特定の立場を示すものではありません。',
  ],
  asTable: ['As a table', '表で見る'],
  noData: ['Nothing reaches the threshold in this period.', 'この期間には、しきい値に達した項目がありません。'],
  other: ['Not classed', '未分類'],
  trojan: ['Miscellaneous trojans', 'その他のトロイの木馬'],
  downloader: ['Trojan downloaders and droppers', 'トロイの木馬型ダウンローダー・ドロッパー'],
  worm: ['Worms', 'ワーム'],
  'password-stealer': ['Password stealers and monitoring tools', 'パスワード盗用・監視ツール'],
  adware: ['Adware', 'アドウェア'],
  exploit: ['Exploits', 'エクスプロイト'],
  backdoor: ['Backdoors', 'バックドア'],
  virus: ['Viruses', 'ウイルス'],
  spyware: ['Spyware', 'スパイウェア'],
  unwanted: ['Potentially unwanted software', '迷惑ソフトウェア'],
} satisfies Record<string, [string, string]>;

export type Word = keyof typeof words;

export function say(lang: Lang, word: Word, values: Record<string, string | number> = {}): string {
  const text = words[word][lang === 'ja' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    typeof values[name] === 'number' ? count(lang, values[name] as number) : String(values[name]),
  );
}

export function count(lang: Lang, n: number): string {
  return n.toLocaleString(lang === 'ja' ? 'ja-JP' : 'en-US');
}

export function percent(share: number): string {
  return (share * 100).toFixed(1) + ' %';
}

export function categoryName(lang: Lang, category: string): string {
  return category in words ? say(lang, category as Word) : category === '' ? say(lang, 'other') : category;
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
  'October', 'November', 'December'];

// "1H09" with its months: "1H09 (January to June 2009)", 「2009 年上半期 (1H09、1～6 月)」.
export function periodName(lang: Lang, p: { label: string; from: string; to: string; months: number }): string {
  const year = p.from.slice(0, 4);
  const first = Number(p.from.slice(5));
  const last = Number(p.to.slice(5));
  if (lang === 'en') {
    if (p.months === 12) {
      return year;
    }
    return p.months === 1 ? `${months[first - 1]} ${year}`
      : `${p.label} (${months[first - 1]} to ${months[last - 1]} ${year})`;
  }
  if (p.months === 12) {
    return `${year} 年`;
  }
  if (p.months === 1) {
    return `${year} 年 ${first} 月`;
  }
  const part = p.months === 6 ? (first === 1 ? '上半期' : '下半期') : `第 ${(first + 2) / 3} 四半期`;
  return `${year} 年${part} (${p.label}、${first}～${last} 月)`;
}
