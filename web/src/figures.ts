// The figures that the program wrote into the page: docs/formats/report.md.

export interface Rate {
  n: number; // executions
  x: number; // computers cleaned
  ccm: number;
  print: string; // ccm with the digit that is printed
  low: number; // 95 % interval of ccm
  high: number;
  pooled: number;
  months: number;
}

export interface Cell extends Rate {
  key: string[];
}

export interface Finding extends Cell {
  share: number; // of the cleaned computers
  share_low: number;
  share_high: number;
}

export interface Hidden {
  cells: number;
  n: number;
}

export interface Table<C> {
  query: string;
  cells: C[];
  hidden: Hidden;
}

export interface Findings extends Table<Finding> {
  computers: number;
}

export interface Runs {
  all: number;
  clean: number;
  incomplete: number;
  simulated: number;
}

export interface Segment {
  segment: string;
  family: Findings;
  category: Findings;
}

export interface Period {
  label: string;
  from: string;
  to: string;
  months: number;
  runs: Runs;
  world: (Rate & { query: string }) | null;
  country: Table<Cell> & { unplaced: number };
  system: Table<Cell>;
  segment: Table<Cell>;
  family: Findings;
  category: Findings;
  segments: Segment[];
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
  runs: Runs;
  queries: Record<string, string>;
  periods: Period[];
  trend: Table<Cell>;
}
