// The charts: bars, grouped bars, columns, lines, stacks.  Each has a table beside it that says the same.
export * from './charts/base';
export * from './charts/bars';
export * from './charts/lines';
export * from './charts/stacks';
