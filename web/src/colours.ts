// The colours of everything that is drawn.  tests: web/test/colours.test.mjs simulates the three
// kinds of colour blindness and measures the distances; where a distance is small, series differ
// by a pattern, a dash or a symbol as well.

export const ink = '#1d2b34';
export const soft = '#52626c';
export const paper = '#ffffff';
export const accent = '#0b6467';
export const warn = '#9b1c31';
export const bar = '#2f8f8c';
export const barSoft = '#a9cfcd';

// Six classes from few to many: lightness falls with every step, so that they keep their order for
// every eye and on a black and white printer.
export const classes = ['#fff0c2', '#fdcf7c', '#f39036', '#dd5327', '#b0241d', '#6a0e21'];
export const noClass = '#d6d9db';

// Five classes of other maps (sites): another hue, so that nobody takes one map for the other.
export const siteClasses = ['#e0f0fb', '#9ccaea', '#619fcb', '#2f78ae', '#0c3f70'];

// Lines, columns and parts.  The order is the order of use.
export const series = ['#0b6467', '#d9662b', '#3b6fb6', '#c79a00', '#8a3f8f', '#5fb0d9', '#7a4b2a', '#d884ae', '#2e7d4f',
  '#8c8c8c'];

// The same, dark enough for text on white.
export const seriesText = ['#0b6467', '#a8481a', '#2f5d9e', '#7a6000', '#8a3f8f', '#21698f', '#7a4b2a', '#a04674', '#256a42', '#595959'];

export type Pattern = 'plain' | 'stripes' | 'dots' | 'back' | 'cross' | 'level' | 'upright';
export const patterns: readonly Pattern[] = ['plain', 'stripes', 'plain', 'dots', 'back', 'plain', 'cross', 'level',
  'upright', 'plain'];
export const dashes = ['', '7 3', '2 3', '9 3 2 3', '14 3', '5 5', '1 4', '12 4', '4 2', '1 2 6 2'];
export const symbols = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye', 'hexagon', 'diamond2', 'square2'] as const;
