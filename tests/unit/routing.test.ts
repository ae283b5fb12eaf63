import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priorities, type City, type Department, type Targets } from '../../shared/config/city.ts';
import { pathOf } from '../../shared/place/place.ts';
import { route, targetsFor, triageDepartment } from '../../shared/records/report/routing.ts';
import { city } from '../support/city.ts';

const at = (area: string): string[] => pathOf(city, area);
const minutes = (amount: number): { amount: number; unit: 'minute' } => ({ amount, unit: 'minute' });
const hours = (amount: number): { amount: number; unit: 'hour' } => ({ amount, unit: 'hour' });

describe('route', () => {
  it.each([
    ['building.leak', 'tinglan-court', 'property-kangning'],
    ['building.leak', 'moxiang', 'property-mozhu'],
    // No company serves this old compound, so the subdistrict does.
    ['building.leak', 'textile-flats', 'housing-qilu'],
    ['property.service', 'tinglan-court', 'housing-qilu'],
    ['city.order', 'moxiang', 'order-wangyu'],
    ['city.order', 'yunting', 'urban-management'],
    ['mediation.family', 'luming-garden', 'mediation-liuan'],
    ['mediation.family', 'qilu', 'grid-yunting'],
    ['utility.power', 'moxiang', 'power'],
    ['other.advice', 'jinyu-homes', 'grid-yuqian'],
  ])('sends %s at %s to %s', (category, area, department) => {
    expect(route(city, category, at(area))).toEqual({ department, by: 'service' });
  });

  it('goes to triage where nobody offers the service', () => {
    expect(route(city, 'building.leak', at('yunting'))).toEqual({ department: 'grid-yunting', by: 'triage' });
  });

  it('goes to triage for a removed category or place', () => {
    expect(route(city, 'gone.category', at('moxiang'))).toEqual({ department: 'grid-yanqiao', by: 'triage' });
    expect(route(city, 'utility.power', ['gone'])).toEqual({ department: 'grid-yunting', by: 'triage' });
    expect(route(city, 'utility.power', [])).toEqual({ department: 'grid-yunting', by: 'triage' });
  });

  const ids = city.areas.map((area) => area.id);
  const services = [...new Set(city.departments.flatMap((department) => department.services))];
  /** Cities whose departments do any services anywhere, with triage assured at the root and no claim made twice. */
  const cities = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...services), fc.constantFrom(...ids)), {
      selector: (claim) => claim.join(),
      maxLength: 60,
    })
    .map((claims): City => {
      const departments = claims.map(([service, area], index): Department => ({
        id: `d${index}`,
        name: { zh: 'd', en: 'd' },
        services: [service],
        areas: [area],
      }));
      const triage: Department = {
        id: 'triage',
        name: { zh: 't', en: 't' },
        services: [city.triageService],
        areas: ['yunting'],
      };
      const rest = departments.filter(
        ({ services: [service], areas: [area] }) => service !== city.triageService || area !== 'yunting',
      );
      return { ...city, departments: [...rest, triage] };
    });
  const categories = fc.constantFrom(...city.categories);
  const areas = fc.constantFrom(...ids);

  it('always finds one existing department', () => {
    fc.assert(
      fc.property(cities, categories, areas, (any, { code }, area) => {
        const { department } = route(any, code, pathOf(any, area));
        expect(any.departments.filter(({ id }) => id === department)).toHaveLength(1);
      }),
    );
  });

  it('prefers the deepest area on the path', () => {
    fc.assert(
      fc.property(cities, categories, areas, (any, { code, handledBy }, area) => {
        const path = pathOf(any, area);
        const depths = any.departments
          .filter((department) => department.services.includes(handledBy))
          .map((department) => Math.max(...department.areas.map((served) => path.indexOf(served))))
          .filter((depth) => depth >= 0);
        const { department, by } = route(any, code, path);
        const chosen = any.departments.find(({ id }) => id === department);
        if (depths.length === 0) expect(by).toBe('triage');
        else expect(chosen?.areas.map((served) => path.indexOf(served))).toContain(Math.max(...depths));
      }),
    );
  });

  it('is not changed by unrelated departments', () => {
    fc.assert(
      fc.property(cities, categories, areas, fc.nat(), (any, { code, handledBy }, area, position) => {
        const path = pathOf(any, area);
        const before = route(any, code, path);
        const elsewhere = ids.filter((id) => !path.includes(id));
        const strangers: Department[] = [
          { id: 'other-work', name: { zh: 'o', en: 'o' }, services: ['unheard-of'], areas: ['yunting'] },
          ...(elsewhere.length > 0
            ? [
                {
                  id: 'other-place',
                  name: { zh: 'o', en: 'o' },
                  services: [handledBy, 'grid'],
                  areas: elsewhere,
                },
              ]
            : []),
        ];
        const departments = [...any.departments];
        departments.splice(position % (departments.length + 1), 0, ...strangers);
        expect(route({ ...any, departments }, code, path)).toEqual(before);
      }),
    );
  });
});

describe('triageDepartment', () => {
  it('is the nearest department of the triage service', () => {
    expect(triageDepartment(city, at('tinglan-court'))).toBe('grid-liuan');
    expect(triageDepartment(city, at('qilu'))).toBe('grid-qilu');
    expect(triageDepartment(city, at('yunting'))).toBe('grid-yunting');
  });
});

describe('targetsFor', () => {
  const about = {
    category: 'city.road',
    department: 'urban-management',
    path: at('tinglan-court'),
    priority: 'high' as const,
  };
  const plain: City = {
    ...city,
    categories: city.categories.map((category) => ({ ...category, targets: undefined })),
    targetOverrides: [],
  };
  const withOverrides = (targetOverrides: City['targetOverrides']): Targets =>
    targetsFor({ ...plain, targetOverrides }, about);
  const resolve = (amount: number): { targets: { resolve: Targets['resolve'] } } => ({
    targets: { resolve: hours(amount) },
  });

  it('start with the priority’s', () => {
    for (const priority of priorities)
      expect(targetsFor(plain, { ...about, priority })).toEqual(city.targets[priority]);
  });

  it('lets the category set some of them', () => {
    expect(targetsFor(city, about)).toEqual({
      acknowledge: city.targets.high.acknowledge,
      resolve: hours(6),
      rework: hours(6),
    });
  });

  it('merges each target separately', () => {
    expect(
      withOverrides([
        { area: 'qilu', targets: { acknowledge: minutes(5) } },
        { category: 'city.road', targets: { resolve: hours(9) } },
      ]),
    ).toEqual({ acknowledge: minutes(5), resolve: hours(9), rework: city.targets.high.rework });
  });

  it('ranks a deeper area over a higher one, any area over a department, that over a category, that over a priority', () => {
    const ranked: City['targetOverrides'] = [
      { area: 'tinglan-court', ...resolve(1) },
      { area: 'liuan', category: 'city.road', department: 'urban-management', ...resolve(2) },
      { area: 'yunting', ...resolve(3) },
      { department: 'urban-management', category: 'city.road', ...resolve(4) },
      { department: 'urban-management', ...resolve(5) },
      { category: 'city.road', priority: 'high', ...resolve(6) },
      { category: 'city.road', ...resolve(7) },
      { priority: 'high', ...resolve(8) },
    ];
    for (let from = 0; from < ranked.length; from += 1) {
      const rest = ranked.slice(from);
      expect(withOverrides(rest).resolve).toEqual(hours(from + 1));
      expect(withOverrides(rest.toReversed()).resolve).toEqual(hours(from + 1));
    }
  });

  it('uses the later of two equally specific overrides', () => {
    expect(
      withOverrides([
        { category: 'city.road', ...resolve(1) },
        { category: 'city.road', ...resolve(2) },
      ]).resolve,
    ).toEqual(hours(2));
  });

  it('ignores overrides that do not match', () => {
    expect(
      withOverrides([
        { area: 'wangyu', ...resolve(1) },
        { department: 'power', ...resolve(2) },
        { category: 'city.order', ...resolve(3) },
        { priority: 'urgent', ...resolve(4) },
        { category: 'city.road', department: 'power', ...resolve(5) },
      ]),
    ).toEqual(city.targets.high);
  });
});
