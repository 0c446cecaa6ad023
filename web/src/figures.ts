// The figures that the program wrote into the page: docs/formats/report.md, schema 2.  Everything
// that is a figure is a table of cells with denominator, numerator, value and interval.

export type Unit = 'ccm' | 'ccm-computers' | 'percent' | 'per-1000-hosts' | 'count';

export interface Cell {
  key: string[];
  n: number; // denominator: executions, computers, hosts
  x: number; // numerator
  value: number; // in the table's unit
  print: string; // the digits to show
  low: number; // 95 % interval, in the unit
  high: number;
  pooled?: number; // x/n over the whole period, in the unit
  months?: number;
  // of some tables only
  located?: string;
  share?: number;
  share_low?: number;
  share_high?: number;
  index?: number;
}

export interface Table {
  query: string;
  base?: string; // where n comes from, if not from the query
  of?: string; // of exploits: "guarded" or "cleaned"
  hash?: string; // of the data before suppression
  unit: Unit;
  cells: Cell[];
  hidden: { cells: number; n: number | null } | null; // null: not told, so that nothing can be worked out
  computers?: number; // of findings: cleaned in all
  unplaced?: number; // of places: executions from nobody knows where
  min_share?: number; // of systems: smaller groups are hidden
}

export interface Segment {
  segment: string;
  family: Table;
  category: Table;
}

export interface Propagation {
  family: string;
  variant: string; // "": all
  unknown?: number; // attacks of which the way is not known
  all: Table;
  network: Table;
}

export interface Protection extends Table {
  factor: { value: number; print: string; low: number; high: number } | null;
  off_share?: Cell | null;
  months?: Table;
}

export interface Place {
  country: string;
  category: Table;
  family: Table;
}

export interface Runs {
  all: number;
  clean: number;
  guard?: number;
  audit?: number;
  observe?: number;
  incomplete: number;
  simulated: number;
}

export interface Period {
  label: string;
  from: string;
  to: string;
  months: number;
  runs: Runs;
  world: Table;
  world_computers?: Table;
  encounter?: Table;
  country: Table;
  country_encounter?: Table;
  system: Table;
  system_encounter?: Table;
  segment: Table;
  segment_encounter?: Table;
  protection?: Protection;
  family: Table;
  category: Table;
  family_encounter?: Table;
  category_encounter?: Table;
  segments: Segment[];
  propagation?: Propagation[];
  exposure?: Table;
  patch_age?: Table;
  exploit?: Table;
  observation?: Table;
  places?: Place[];
}

export interface Trends {
  world: Table;
  encounter?: Table;
  country?: Table;
  country_encounter?: Table;
  category?: Table;
  family?: Table;
  exploit?: Table;
  located?: { key: string[]; setting: number; address: number; unknown: number }[];
  breaks?: { quarter: string; from: string; to: string; share: number }[];
}

export interface Source {
  kind?: string;
  file: string;
  sha256: string;
  lines?: number;
  used?: number;
  refused?: number;
  unplaced?: number;
  skipped?: number; // of lists: say themselves that they do not count
  outside?: number; // in none of the periods
  other?: number; // comments, lines about other things
}

export interface Feeds {
  hosts?: { source: string; sha256: string; total: number; what: string };
  sources: Source[];
  queries?: Record<string, string>;
  hosting?: Table;
  phishing?: Table;
  drive_by?: Table;
  spam?: Table;
  phishing_type?: Table;
  spam_stage?: Table;
  spam_reason?: Table;
  spam_category?: Table;
  months?: Table;
}

export interface Disclosures {
  sources: Source[];
  queries?: Record<string, string>;
  half?: Table;
  severity?: Table;
  complexity?: Table;
  product?: Table;
  score?: Table;
  vendor?: Table;
}

export interface Figures {
  schema: number;
  tool: string;
  generated: string;
  title: string;
  lang: string;
  threshold: { value: number; unit: string };
  min_computers: number;
  confidence: number;
  privacy?: { epsilon: number; delta?: number; mechanism: string; sensitivity: string | number; tables: number; scale?: Record<string, number> } | null;
  store?: string;
  runs: Runs;
  queries: Record<string, string>;
  definitions?: Record<string, string>;
  periods: Period[];
  trends: Trends;
  feeds?: Feeds | null;
  disclosures?: Disclosures | null;
}

const nothing: Table = { query: '', unit: 'count', cells: [], hidden: { cells: 0, n: 0 } };

// Cells of a table that may be absent.
export function cellsOf(table: Table | null | undefined): Cell[] {
  return table?.cells ?? nothing.cells;
}

export function has(table: Table | null | undefined): table is Table {
  return table !== null && table !== undefined && table.cells.length > 0;
}

export function first(table: Table | null | undefined): Cell | undefined {
  return table?.cells[0];
}

export function cellAt(table: Table | null | undefined, ...key: string[]): Cell | undefined {
  return cellsOf(table).find((c) => key.every((k, i) => c.key[i] === k));
}

// All queries, also of the parts that others make.
export function queriesOf(f: Figures): Record<string, string> {
  return { ...f.queries, ...f.feeds?.queries, ...f.disclosures?.queries };
}

// What findings show: the share of the cleaned computers.  Tables that are in per cent already have
// it as their value.
export interface Value {
  value: number;
  low: number;
  high: number;
}

export function shareOf(table: Table, c: Cell): Value {
  return c.share === undefined || table.unit === 'percent' ? c
    : { value: c.share * 100, low: (c.share_low ?? c.share) * 100, high: (c.share_high ?? c.share) * 100 };
}
