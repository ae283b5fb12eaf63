import { describe, expect, it } from 'vitest';
import { kinds } from '../../shared/records/kinds.ts';
import { notices } from '../../shared/records/notices.ts';
import { publishedKinds } from '../../shared/records/published-kinds.ts';
import { views } from '../../shared/records/views.ts';

describe('the registries of kinds', () => {
  const names = kinds.map(({ name }) => name);

  it('name each kind once, with a name and a letter of its own', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(kinds.map(({ letter }) => letter)).size).toBe(names.length);
  });

  it('have the published part of every kind', () => {
    expect(publishedKinds.map(({ name, letter }) => ({ name, letter }))).toEqual(
      kinds.map(({ name, letter }) => ({ name, letter })),
    );
  });

  it('have views of every kind, and notices only of existing ones', () => {
    expect(Object.keys(views).sort()).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(Object.keys(notices)));
  });
});
