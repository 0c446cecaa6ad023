// The key findings in words, made from the figures.  A rise, a fall, a first place or a difference is
// stated only when its 95 % interval leaves out no difference; else the words say that the two are not
// distinguishable.  Counts of other sources (sites, disclosures) are complete, so they have no interval.
import { cellAt, cellsOf, first, has, shareOf, type Cell, type Period, type Table, type Value } from '../figures';
import { labelBefore, lastQuarters } from '../periods';
import { among, change, difference, ratio, type Difference } from '../statistics';
import type { Word } from '../words';
import type { Context } from './context';
import { doorName, exploitName, wayName } from './doors';
import { knownSides } from './sides';
import { siteKinds, siteName } from './sites';

export interface Statement {
  id: string;
  text: string;
  at: string; // the exhibit that shows it
  group: Word; // what it is about
  direction?: 'up' | 'down' | 'same';
}

const named = 3; // places at each end

function directionOf(d: Difference | undefined): 'up' | 'down' | 'same' {
  return d === undefined || !d.sure ? 'same' : d.value > 0 ? 'up' : 'down';
}

// Makes the statements of one subject: the word is chosen by the direction (fWorldUp, fWorldDown, fWorldSame).
class Maker {
  readonly made: Statement[] = [];
  group: Word = 'gInfection';
  constructor(readonly c: Context) {}

  add(word: Word, at: string, values: Record<string, string | number> = {}, direction?: Statement['direction']): void {
    this.made.push({ id: word, text: this.c.t.say(word, values), at, direction, group: this.group });
  }

  // From one value to another: rose, fell, not distinguishable.
  moved(stem: string, at: string, to: Cell, from: Cell, unit: Table['unit'], values: Record<string, string | number>): void {
    const { t } = this.c;
    const d = change(to, from);
    const direction = directionOf(d);
    this.add(`${stem}${direction === 'up' ? 'Up' : direction === 'down' ? 'Down' : 'Same'}` as Word, at, { ...values, from: t.value(unit, from), to: t.value(unit, to),
      by: d === undefined ? '' : t.percent(Math.abs(d.value)),
      low: d === undefined ? '' : t.percent(Math.min(Math.abs(d.low), Math.abs(d.high))), high: d === undefined ? '' : t.percent(Math.max(Math.abs(d.low), Math.abs(d.high))) }, direction);
  }
}

// The cell of the period before, from the periods or from the trends of quarters; and what it is called.
function before(c: Context, now: (p: Period) => Cell | undefined, trend: Table | undefined, ...key: string[]): { label: string; from: Cell; to: Cell; toLabel: string } | undefined {
  const label = labelBefore(c.period.label);
  const earlier = c.figures.periods.find((p) => p.label === label);
  const to = now(c.period);
  const from = (earlier === undefined ? undefined : now(earlier)) ?? (label === undefined ? undefined : cellAt(trend, ...key, label));
  if (label !== undefined && from !== undefined && to !== undefined) {
    return { label, from, to, toLabel: c.period.label };
  }
  const q = lastQuarters(c.period);
  const a = q === undefined ? undefined : cellAt(trend, ...key, q[0]);
  const b = q === undefined ? undefined : cellAt(trend, ...key, q[1]);
  return q === undefined || a === undefined || b === undefined ? undefined : { label: q[0], from: a, to: b, toLabel: q[1] };
}

function world(m: Maker): void {
  const { t, period: p, figures: f } = m.c;
  const w = first(p.world);
  if (w !== undefined) {
    m.add('fWorld', 'rates', { period: t.period(p), ccm: t.printed(w.print), ...t.limits(w), n: w.n });
    const b = before(m.c, (x) => first(x.world), f.trends.world);
    if (b !== undefined) {
      m.moved('fWorld', 'trend', b.to, b.from, 'ccm', { before: b.label, label: b.toLabel });
    }
  }
}

function encounter(m: Maker): void {
  const { t, period: p, figures: f } = m.c;
  const e = first(p.encounter);
  const w = first(p.world);
  if (e === undefined || w === undefined) {
    return;
  }
  m.add('fEncounter', 'measures', { rate: t.value('percent', e), interval: t.interval(e), ccm: t.printed(w.print) });
  const b = before(m.c, (x) => first(x.encounter), f.trends.encounter);
  if (b !== undefined) {
    m.moved('fEncounter', 'encounter-trend', b.to, b.from, 'percent', { before: b.label, label: b.toLabel });
  }
}

// Neighbours in a ranking that chance may have put in this order.
function ties(m: Maker, ranked: Cell[], n: number, name: (x: Cell) => string, at: string): void {
  const pairs: string[] = [];
  for (let i = 0; i < n && i + 1 < ranked.length; i++) {
    if (!difference(ranked[i], ranked[i + 1]).sure) {
      pairs.push(m.c.t.say('fPair', { a: name(ranked[i]), b: name(ranked[i + 1]) }));
    }
  }
  if (pairs.length > 0) {
    m.add('fTies', at, { pairs: m.c.t.list(pairs) }, 'same');
  }
}

function places(m: Maker): void {
  const { t, period: p } = m.c;
  const ranked = [...p.country.cells].sort((a, b) => b.value - a.value);
  if (ranked.length <= 2 * named) {
    return;
  }
  const name = (x: Cell) => t.place(x.key[0]);
  const read = (x: Cell) => t.say('fPlaceValue', { place: name(x), value: t.printed(x.print) });
  m.add('fHighest', 'ranking', { places: t.list(ranked.slice(0, named).map(read)) });
  ties(m, ranked, named, name, 'ranking');
  const lowest = [...ranked].reverse();
  m.add('fLowest', 'ranking', { places: t.list(lowest.slice(0, named).map(read)) });
  ties(m, lowest, named, name, 'ranking');
}

// The largest changes beyond chance among many: by the limit of the interval that is nearer to no change.
// The intervals are wide enough for all the comparisons together.
function movers<R extends { to: Value; from: Value }>(rows: R[], measure: (to: Value, from: Value, wider: number) => Difference | undefined): { up?: R & { d: Difference }; down?: R & { d: Difference } } {
  const wider = among(rows.length);
  const sure = rows.flatMap((r) => {
    const d = measure(r.to, r.from, wider);
    return d?.sure === true ? [{ ...r, d }] : [];
  });
  const up = sure.filter((r) => r.d.value > 0).sort((a, b) => b.d.low - a.d.low)[0];
  const down = sure.filter((r) => r.d.value < 0).sort((a, b) => a.d.high - b.d.high)[0];
  return { up, down };
}

function placeMoves(m: Maker): void {
  const { t, period: p, figures: f } = m.c;
  const q = lastQuarters(p);
  if (q === undefined || !has(f.trends.country)) {
    return;
  }
  const broken = (f.trends.breaks ?? []).find((b) => b.quarter === q[1]);
  if (broken !== undefined) {
    m.add('fPlaceBreak', 'changes', { before: q[0], quarter: q[1] });
    return;
  }
  const rows = p.country.cells.flatMap((x) => {
    const from = cellAt(f.trends.country, x.key[0], q[0]);
    const to = cellAt(f.trends.country, x.key[0], q[1]);
    return from === undefined || to === undefined ? [] : [{ code: x.key[0], from, to }];
  });
  if (rows.length < 2) {
    return;
  }
  const { up, down } = movers(rows, change);
  for (const [word, r] of [['fPlaceUp', up], ['fPlaceDown', down]] as const) {
    if (r !== undefined) {
      m.add(word, 'changes', { place: t.place(r.code), by: t.percent(Math.abs(r.d.value)), from: t.printed((r.from as Cell).print), to: t.printed((r.to as Cell).print),
        before: q[0], label: q[1] }, word === 'fPlaceUp' ? 'up' : 'down');
    }
  }
  if (up === undefined && down === undefined) {
    m.add('fPlaceNone', 'changes', { before: q[0], label: q[1] }, 'same');
  }
}

function systems(m: Maker): void {
  const { t, period: p } = m.c;
  const ranked = [...p.system.cells].sort((a, b) => b.value - a.value);
  const high = ranked[0];
  const low = ranked[ranked.length - 1];
  if (ranked.length < 2) {
    return;
  }
  const r = ratio(high, low);
  m.add(r?.sure === true ? 'fSystems' : 'fSystemsSame', 'system', { high: t.system(high.key), a: t.printed(high.print), low: t.system(low.key), b: t.printed(low.print),
    factor: r === undefined ? '' : t.decimal(r.value) });
}

function protection(m: Maker): void {
  const { t, period: { protection: p } } = m.c;
  if (p?.factor !== null && p?.factor !== undefined) {
    const { factor } = p;
    const values = { factor: t.printed(factor.print), ...t.limits(factor) };
    m.add(factor.low > 1 ? 'fProtection' : factor.high < 1 ? 'fProtectionLess' : 'fProtectionSame', 'protection-rate', values);
  }
  if (p?.off_share !== null && p?.off_share !== undefined) {
    m.add('fOffShare', 'protection-rate', { share: t.value('percent', p.off_share), interval: t.interval(p.off_share) });
  }
}

function families(m: Maker): void {
  const { t, period: p, figures: f } = m.c;
  if (!has(p.family)) {
    return;
  }
  const read = (x: Cell) => t.say('fFamilyValue', { family: t.family(x.key[0]), share: t.percent(shareOf(p.family, x).value) });
  m.add('fFamilies', 'family', { families: t.list(p.family.cells.slice(0, 5).map(read)) });
  const q = lastQuarters(p);
  if (q === undefined || !has(f.trends.family)) {
    return;
  }
  const rows = [...new Set(f.trends.family.cells.map((x) => x.key[0]))].flatMap((key) => {
    const from = cellAt(f.trends.family, key, q[0]);
    const to = cellAt(f.trends.family, key, q[1]);
    return from === undefined || to === undefined ? [] : [{ key, from, to }];
  });
  const { up, down } = movers(rows, difference);
  for (const [word, r] of [['fFamilyUp', up], ['fFamilyDown', down]] as const) {
    if (r !== undefined) {
      m.add(word, 'family-changes', { family: t.family(r.key), from: t.percent(r.from.value), to: t.percent(r.to.value), before: q[0], label: q[1] }, word === 'fFamilyUp' ? 'up' : 'down');
    }
  }
  if (rows.length > 0 && up === undefined && down === undefined) {
    m.add('fFamilyNone', 'family-changes', { before: q[0], label: q[1] }, 'same');
  }
}

function categories(m: Maker): void {
  const { t, period: p } = m.c;
  if (has(p.category)) {
    const read = (x: Cell) => t.say('fFamilyValue', { family: t.category(x.key[0]), share: t.percent(shareOf(p.category, x).value) });
    m.add('fCategories', 'category', { categories: t.list(p.category.cells.slice(0, 3).map(read)) });
  }
}

function sides(m: Maker): void {
  const { t, period: p } = m.c;
  const home = cellAt(p.segment, 'home');
  const enterprise = cellAt(p.segment, 'enterprise');
  if (home !== undefined && enterprise !== undefined) {
    const d = change(home, enterprise);
    const direction = directionOf(d);
    m.add(direction === 'up' ? 'fSidesHome' : direction === 'down' ? 'fSidesEnterprise' : 'fSidesSame', 'segment', { home: t.printed(home.print), enterprise: t.printed(enterprise.print) });
  }
  const [a, b] = ['home', 'enterprise'].map((word) => knownSides(p).find((s) => s.segment === word)?.category);
  if (a === undefined || b === undefined) {
    return;
  }
  const rows = a.cells.flatMap((x) => {
    const other = cellAt(b, x.key[0]);
    return other === undefined ? [] : [{ key: x.key[0], to: shareOf(a, x), from: shareOf(b, other) }];
  });
  const { up, down } = movers(rows, difference);
  if (up !== undefined) {
    m.add('fMoreAtHome', 'segment-category', { category: t.category(up.key), home: t.percent(up.to.value), enterprise: t.percent(up.from.value) });
  }
  if (down !== undefined) {
    m.add('fMoreInEnterprises', 'segment-category', { category: t.category(down.key), home: t.percent(down.to.value), enterprise: t.percent(down.from.value) });
  }
}

function doors(m: Maker): void {
  const { t, period: p } = m.c;
  // Of families that come in one way only there is nothing to compare; the others are in the order of their attacks.
  const families = (p.propagation ?? []).filter((x) => x.variant === '' && has(x.all)).map((x, i) => ({ x, i }));
  families.filter(({ x }) => x.all.cells.length > 1).slice(0, named).forEach(({ x, i }) => {
    const [one, two] = [...x.all.cells].sort((a, b) => b.value - a.value);
    const sure = two === undefined || difference(one, two).sure;
    m.add(sure ? 'fPropagation' : 'fPropagationTie', `propagation-${i}`, { family: t.family(x.family), share: t.value('percent', one), way: wayName(m.c, one.key[0]),
      other: two === undefined ? '' : wayName(m.c, two.key[0]) });
  });
  const open = cellsOf(p.exposure)[0];
  if (open !== undefined) {
    m.add('fExposure', 'exposure-doors', { door: doorName(m.c, open.key), share: t.value('percent', open), interval: t.interval(open) });
  }
  const old = cellAt(p.patch_age, '366+');
  if (old !== undefined) {
    m.add('fPatchAge', 'patch-age', { share: t.value('percent', old), interval: t.interval(old) });
  }
  const exploit = [...cellsOf(p.exploit)].sort((a, b) => b.value - a.value);
  if (exploit.length > 1) {
    const sure = difference(exploit[0], exploit[1]).sure;
    m.add(sure ? 'fExploit' : 'fExploitTie', 'exploit-type', { type: exploitName(m.c, exploit[0].key[0]), share: t.value('percent', exploit[0]), other: exploitName(m.c, exploit[1].key[0]) });
  }
}

function sites(m: Maker): void {
  const { t, figures: { feeds } } = m.c;
  for (const kind of siteKinds) {
    const ranked = [...cellsOf(feeds?.[kind])].sort((a, b) => b.value - a.value).slice(0, named);
    if (ranked.length === named) {
      m.add('fSites', `site-${kind.replace('_', '-')}`, { kind: siteName(m.c, kind),
        places: t.list(ranked.map((x) => t.say('fPlaceValue', { place: t.place(x.key[0]), value: t.printed(x.print) }))) });
    }
  }
}

function disclosures(m: Maker): void {
  const { t, figures: { disclosures: d } } = m.c;
  const halves = cellsOf(d?.half);
  const last = halves[halves.length - 1];
  const from = halves[halves.length - 2];
  if (last !== undefined && from !== undefined && from.value > 0) {
    const by = (last.value / from.value - 1) * 100;
    const high = cellAt(d?.severity, last.key[0], 'high');
    m.add(by > 0 ? 'fDisclosedUp' : 'fDisclosedDown', 'nvd-half', { n: last.value, half: last.key[0], before: from.key[0], by: t.percent(Math.abs(by)) }, by > 0 ? 'up' : 'down');
    if (high !== undefined) {
      m.add('fSevere', 'nvd-severity', { share: t.percent((high.value / last.value) * 100), half: last.key[0] });
    }
  }
}

const subjects: [Word, ((m: Maker) => void)[]][] = [['gInfection', [world]], ['gEncounter', [encounter]], ['gPlaces', [places, placeMoves]], ['gSystems', [systems]],
  ['gProtection', [protection]], ['gMalware', [categories, families]], ['gSides', [sides]], ['gDoors', [doors]], ['gSites', [sites]], ['gDisclosures', [disclosures]]];

export function statements(c: Context): Statement[] {
  const m = new Maker(c);
  for (const [group, makers] of subjects) {
    m.group = group;
    makers.forEach((make) => make(m));
  }
  return m.made;
}
