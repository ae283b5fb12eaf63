import { describe, expect, it } from 'vitest';
import { priorityOf } from '../../shared/records/report/priority.ts';
import { targetsFor } from '../../shared/records/report/routing.ts';
import { city } from '../support/city.ts';

describe('priority', () => {
  it.each([
    ['楼上漏水，老人被困在电梯里', 'building.lighting', 'urgent'],
    ['楼道灯坏了', 'building.lighting', 'normal'],
    ['墙皮掉了，没有人受伤', 'building.structure', 'normal'],
    ['墙皮掉了，有人受伤', 'building.structure', 'urgent'],
    ['Sparks from the meter, a man got an electric shock', 'building.structure', 'urgent'],
    ['A tree fell, nobody injured', 'city.greening', 'normal'],
    ['管道漏水', 'building.leak', 'urgent'],
    ['没有这个类别', 'no.such', 'normal'],
  ])('of %s (%s) is %s', (text, category, priority) => {
    expect(priorityOf(city, category, text)).toBe(priority);
  });
});

describe('the targets when the priority differs from the category’s', () => {
  const about = { department: 'grid-yunting', path: ['yunting'] };

  it('are the shorter when it is raised', () => {
    const water = targetsFor(city, { ...about, category: 'utility.water', priority: 'urgent' });
    expect(water.resolve).toEqual({ amount: 2, unit: 'hour' });
    const structure = targetsFor(city, { ...about, category: 'building.structure', priority: 'urgent' });
    expect(structure.resolve).toEqual({ amount: 24, unit: 'hour' });
  });

  it('are the longer when it is lowered', () => {
    const leak = targetsFor(city, { ...about, category: 'building.leak', priority: 'normal' });
    expect(leak.resolve).toEqual({ amount: 5, unit: 'working-day' });
  });
});
