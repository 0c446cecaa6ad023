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

let drawNow: () => void = () => undefined;

export function onRedraw(draw: () => void): void {
  drawNow = draw;
}

export function redraw(): void {
  drawNow();
}
