// What the server is asked: JSON, with the session's cookie, and for changes its token.
export interface Session {
  name: string;
  role: 'reader' | 'operator' | 'admin';
  csrf: string;
  until: number;
  version: string;
}

export class Refused extends Error {
  constructor(readonly word: string, readonly status: number, text: string) {
    super(text);
  }
}

let csrf = '';

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/1/${path}`, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', ...init });
  } catch {
    throw new Refused('not_reached', 0, '');
  }
  const said = (await answer.json().catch(() => null)) as (T & { refused?: string; text?: string }) | null;
  if (!answer.ok || said === null) {
    throw new Refused(said?.refused ?? 'storage', answer.status, said?.text ?? String(answer.status));
  }
  return said;
}

// poll: the page asks by itself, so the session is not prolonged.
export function get<T>(path: string, query: Record<string, string | number | undefined> = {}, poll = false): Promise<T> {
  const given = Object.entries(query).filter(([, v]) => v !== undefined && v !== '').map(([k, v]) => [k, String(v)]);
  const text = new URLSearchParams(given).toString();
  return ask<T>(text === '' ? path : `${path}?${text}`, poll ? { headers: { 'Yamori-Poll': '1' } } : {});
}

export function post<T>(path: string, body: object = {}): Promise<T> {
  return ask<T>(path, { method: 'POST', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'Yamori-CSRF': csrf } });
}

export async function whoAmI(): Promise<Session> {
  const session = await get<Session>('session');
  csrf = session.csrf;
  return session;
}

export async function signIn(secret: string): Promise<Session> {
  const session = await post<Session>('session', { secret });
  csrf = session.csrf;
  return session;
}

export async function signOut(): Promise<void> {
  await post('session/end');
  csrf = '';
}

// --- what is answered ---

export interface Ring {
  ring: number;
  open: boolean;
  machines: number;
  good: number;
  failed: number;
}

export interface Fleet {
  machines: number;
  tokens_open: number;
  policy: { serial: number; poll_every: number; report_every: number; scan_every: number };
  rollout: { state: 'none' | 'running' | 'stopped' | 'done'; epoch: number; ring: number; rings: number; opened: number; reason: string };
  rings: Ring[];
}

export interface Overview {
  now: number;
  fleet: Fleet;
  machines: { silent: number; states: Record<string, number> };
  alerts: { open: number; critical: number; waiting: number; failed: number };
  intake: { reports: number; records: number; known: number; refused: number; storage: number; waiting_bytes: number };
  server: { version: string; started: number; memory_peak: number; connections: number; store: number; disk_free: number; disk: number };
}

export interface Machine {
  id: string;
  label: string;
  image: 'none' | 'good' | 'refused' | 'failed';
  ring: number;
  enrolled: number;
  seen: number;
  epoch: number;
  files: number;
  gaps: number;
  serial: number;
  tool: string;
}

export interface Alert {
  n: number;
  kind: 'detection' | 'outbreak' | 'rollout' | 'silent' | 'refused' | 'storage' | 'disk';
  level: 'info' | 'warning' | 'critical';
  count: number;
  first: number;
  last: number;
  ended: number;
  acked: number;
  acked_by: string;
  rule: string;
  machine: string;
  label: string;
  family: string;
  category: string;
  detail: string;
}

export interface Settings {
  rules: { rule: string; when: Alert['kind']; level: Alert['level']; severity: string; count: number; within: number; family: string; category: string }[];
  targets: { target: string; kind: string; level: Alert['level']; to: string; failures: number; sent: number; error: string }[];
}

export interface Rollout {
  state: Fleet['rollout']['state'];
  reason: string;
  sha256: string;
  epoch: number;
  ring: number;
  rings: number;
  opened: number;
  added: number;
  size: number;
}

export interface Person {
  name: string;
  role: Session['role'];
  sessions: number;
  used: number;
}

export interface Trail {
  n: number;
  time: number;
  by: string;
  action: string;
  detail: string;
}

export interface Group {
  key: string[];
  computers: number;
  findings: number;
}

export interface Groups {
  cells: Group[];
  hidden: { cells: number; n: number | null };
  more: number;
}

export interface Families {
  cells: { key: [string, string]; computers: number; cleaned: number; encountered: number }[];
  hidden: { cells: number; n: number | null };
  more: number;
}

export interface Finding {
  day: number;
  family: string;
  name: string;
  category: string;
  object: string;
  path: string;
  system: string;
  service_pack: string;
  blocked: boolean;
  country: string;
  run: string;
  outcome: string;
  epoch: number;
  repairs: [string, string][];
}
