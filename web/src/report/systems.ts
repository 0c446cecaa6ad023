// By operating system and service pack, 32 and 64 bit side by side.
import { columns, fillLegend, type Bar, type Group } from '../charts';
import { has, type Cell, type Table } from '../figures';
import type { Context } from './context';
import { cellTable, chapter, exhibit, hiddenNote, note } from './pieces';

// Groups of systems in the order of their highest value, a column for each width.
function groupsOf(c: Context, table: Table): { series: string[]; groups: Group[] } {
  const { t } = c;
  const widths = [...new Set(table.cells.map((x) => x.key[2]))].sort();
  const names = [...new Set(table.cells.map((x) => JSON.stringify([x.key[0], x.key[1], '', x.key[3] ?? ''])))];
  const barOf = (cell: Cell | undefined): Bar | null => (cell === undefined ? null
    : { name: '', value: cell.value, low: cell.low, high: cell.high, print: t.printed(cell.print) });
  return {
    series: widths.map((w) => (w === '0' || w === '' ? t.term('unknown') : t.term('bits', { bits: w }))),
    groups: names.map((text) => {
      const key = JSON.parse(text) as string[];
      return { name: t.system(key), parts: widths.map((w) => barOf(table.cells.find((x) => x.key[0] === key[0] && x.key[1] === key[1]
        && x.key[2] === w && (x.key[3] ?? '') === key[3]))) };
    }),
  };
}

function one(c: Context, id: string, title: string, text: string, table: Table): HTMLElement {
  const { t } = c;
  const { series, groups } = groupsOf(c, table);
  const percent = table.unit === 'percent';
  const share = table.cells.some((x) => x.share !== undefined)
    ? [{ title: t.say('ofExecutions'), text: (x: Cell) => t.percent((x.share ?? 0) * 100, 2), value: (x: Cell) => x.share ?? 0 }] : [];
  return exhibit(c, { id, title, lead: text, source: table, keys: ['system', 'service_pack', 'bits', 'server'],
    legend: series.length > 1 ? fillLegend(series, t.say('width')) : null,
    chart: columns({ label: title, axis: percent ? '%' : 'CCM', series, groups }),
    table: cellTable(c, table, { id: `${id}-table`, caption: title, key: t.term('system'), name: (x) => t.system(x.key), more: share,
      headings: percent ? { n: t.say('guarded'), x: t.say('met') } : {} }),
    notes: [hiddenNote(c, table), table.min_share === undefined ? null : note(t.say('minShare', { share: t.percent(table.min_share * 100, 2) }))] });
}

export function systemsChapter(c: Context): HTMLElement {
  const { t, period: p } = c;
  return chapter('systems', t.say('systemTitle'),
    has(p.system) ? one(c, 'system', t.say('systemRates'), t.say('systemLead'), p.system) : note(t.say('noData')),
    has(p.system) ? null : hiddenNote(c, p.system),
    has(p.system_encounter) ? one(c, 'system-encounter', t.say('systemEncounters'), t.say('systemEncounterLead'), p.system_encounter) : null);
}
