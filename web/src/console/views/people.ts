// Who may what, and who did what: for administrators.
import { get, post, type Person, type Trail } from '../api';
import { button, link, mainPanel, named, note, page, rowsTable, say, sure, tell, time, to, when, why, type Part } from '../page';
import type { Word } from '../words';
import { redraw } from '../views';

function remove(p: Person): void {
  sure(say('removePerson', { name: p.name }), say('removePersonNote'), say('remove'), () => {
    post('people/remove', { name: p.name }).then(redraw).then(() => tell(say('done'))).catch((e) => tell(why(e), true));
  });
}

export async function people(): Promise<Part[]> {
  const all = await get<Person[]>('people');
  return [mainPanel(say('people'), note(say('peopleNote')), rowsTable(say('people'), all, [
    { title: say('name'), cell: (p) => named(p.name) },
    { title: say('role'), cell: (p) => say(p.role as Word) },
    { title: say('sessions'), cell: (p) => String(p.sessions), kind: 'number' },
    { title: say('lastSignIn'), cell: (p) => (p.used === 0 ? say('never') : time(p.used)) },
    { title: say('remove'), cell: (p) => (p.name === page.session?.name ? say('you') : button(say('remove'), () => remove(p), 'danger')) },
  ], { id: 'people' }))];
}

export async function trail(q: URLSearchParams): Promise<Part[]> {
  const rows = await get<Trail[]>('audit', { before: q.get('before') ?? undefined, max: 100 });
  return [mainPanel(say('trail'), rowsTable(say('trail'), rows, [
    { title: say('time'), cell: (r) => when(r.time) },
    { title: say('by'), cell: (r) => named(r.by) },
    { title: say('action'), cell: (r) => r.action },
    { title: say('detail'), cell: (r) => named(r.detail) },
  ], { id: 'trail' }), rows.length < 100 ? null : link(say('older'), to('trail', { before: rows[rows.length - 1].n })))];
}
