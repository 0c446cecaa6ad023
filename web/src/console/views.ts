// The views and their addresses; what draws one again.
import type { Part } from './page';
import type { Word } from './words';

export interface View {
  title: Word;
  role: 'reader' | 'operator' | 'admin';
  menu: boolean;
  draw: (query: URLSearchParams, poll: boolean) => Promise<Part[]>;
  again?: number; // seconds after which it looks by itself
}

let drawNow: () => Promise<void> = () => Promise.resolve();

export function onRedraw(draw: () => Promise<void>): void {
  drawNow = draw;
}

// Ends when what is shown is new: only then something is said to be done.
export function redraw(): Promise<void> {
  return drawNow();
}
