import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { City } from '../../shared/config/city.ts';
import { wgs84ToGcj02 } from '../../shared/place/gcj02.ts';
import { gcj02ToWgs84 } from '../../shared/place/gcj02.ts';
import { pathOf, resolvePlace, type PlaceHints } from '../../shared/place/place.ts';
import { city } from '../support/city.ts';

function placed(hints: PlaceHints, description = '', within: City = city): { area: string; by: string } {
  const result = resolvePlace(within, hints, description);
  if (!result.ok) throw new Error(result.refusal.kind);
  return { area: result.place.area, by: result.place.by };
}

function centreOf(id: string): { longitude: number; latitude: number; radiusMetres: number } {
  const centre = city.areas.find((area) => area.id === id)?.centre;
  if (!centre) throw new Error(`${id} has no centre`);
  return centre;
}

/** One degree of latitude is about 111 km everywhere. */
function north(of: { longitude: number; latitude: number }, metres: number): PlaceHints {
  return { longitude: of.longitude, latitude: of.latitude + metres / 111_195 };
}

describe('resolvePlace', () => {
  it('uses the given area, whatever else is given', () => {
    const elsewhere = { ...north(centreOf('moxiang'), 0), address: '墨香华庭' };
    expect(resolvePlace(city, { area: 'tinglan-court', ...elsewhere })).toEqual({
      ok: true,
      place: {
        area: 'tinglan-court',
        path: ['yunting', 'qilu', 'liuan', 'tinglan-court'],
        by: 'area',
      },
    });
  });

  it('refuses an area that the city does not have', () => {
    expect(resolvePlace(city, { area: 'atlantis', address: '汀兰苑' })).toEqual({
      ok: false,
      refusal: { kind: 'unknown-area', area: 'atlantis' },
    });
  });

  it('finds the estate whose circle a position lies in, at its middle and just inside its edge', () => {
    const { radiusMetres } = centreOf('tinglan-court');
    expect(placed(north(centreOf('tinglan-court'), 0))).toEqual({ area: 'tinglan-court', by: 'position' });
    expect(placed(north(centreOf('tinglan-court'), radiusMetres - 5)).area).toBe('tinglan-court');
    expect(placed(north(centreOf('tinglan-court'), radiusMetres + 5)).area).toBe('liuan');
  });

  it('uses the deepest circle, and of equally deep ones the nearest centre', () => {
    const overlapping: City = {
      ...city,
      areas: city.areas.map((area) =>
        area.id === 'luming-garden' && area.centre
          ? { ...area, centre: { ...area.centre, radiusMetres: 3000 } }
          : area,
      ),
    };
    expect(placed(north(centreOf('tinglan-court'), 20), '', overlapping).area).toBe('tinglan-court');
    expect(placed(north(centreOf('puwan'), 0), '', overlapping).area).toBe('luming-garden');
  });

  it('uses the text when a position is outside the city', () => {
    const beijing = { longitude: 116.4, latitude: 39.9 };
    expect(placed({ ...beijing, address: '汀兰苑3号楼' })).toEqual({ area: 'tinglan-court', by: 'words' });
    expect(placed(beijing)).toEqual({ area: 'yunting', by: 'none' });
  });

  it('ignores half a position', () => {
    expect(placed({ latitude: centreOf('moxiang').latitude })).toEqual({ area: 'yunting', by: 'none' });
  });

  it('lets an address narrow a position, but not contradict it', () => {
    const betweenEstates = north(centreOf('liuan'), 250);
    expect(placed(betweenEstates).area).toBe('liuan');
    expect(placed({ ...betweenEstates, address: '鹭鸣花园2栋' })).toEqual({
      area: 'luming-garden',
      by: 'words',
    });
    expect(placed({ ...betweenEstates, address: '墨香华庭' })).toEqual({ area: 'liuan', by: 'position' });
    expect(placed(betweenEstates, '鹭鸣花园门口').area).toBe('liuan');
  });

  it('converts GCJ-02 first', () => {
    // The point that Chinese maps show for this WGS-84 centre lies some 500 m off.
    const { longitude, latitude } = centreOf('tinglan-court');
    const shown = shownAt(longitude, latitude);
    expect(placed({ ...shown, crs: 'gcj02' })).toEqual({ area: 'tinglan-court', by: 'position' });
    expect(placed({ ...shown, crs: 'wgs84' }).area).not.toBe('tinglan-court');
  });

  it.each([
    ['云汀新区栖鹭街道汀兰苑5幢1单元', 'tinglan-court'],
    ['汀兰 苑 5 号楼', 'tinglan-court'],
    ['雲汀新區墨香華庭', 'moxiang'],
    ['老纺机院门口', 'textile-flats'],
    ['栖鹭街道办旁边', 'qilu'],
    ['柳岸社区', 'liuan'],
    ['柳岸人家南门', 'liuan-homes'],
    ['Block 4, Wangyu Mansion, Wangyu Street', 'wangyu-mansion'],
    ['wangyu street', 'wangyu'],
    ['ＪＩＮＹＵ　ＨＯＭＥＳ', 'jinyu-homes'],
  ])('reads %s', (address, area) => {
    expect(placed({ address })).toEqual({ area, by: 'words' });
  });

  it('prefers the address to the description', () => {
    expect(placed({ address: '望榆府' }, '汀兰苑门口')).toEqual({ area: 'wangyu-mansion', by: 'words' });
    expect(placed({ address: '3号楼2单元' }, '我们汀兰苑的灯坏了')).toEqual({
      area: 'tinglan-court',
      by: 'words',
    });
  });

  it('returns the root when nothing names an area', () => {
    expect(resolvePlace(city, {}, '路灯坏了')).toEqual({
      ok: true,
      place: { area: 'yunting', path: ['yunting'], by: 'none' },
    });
  });

  describe('where names are alike', () => {
    const alike: City = {
      ...city,
      areas: city.areas.map((area) =>
        area.id === 'tinglan-court' || area.id === 'luming-garden' || area.id === 'moxiang'
          ? { ...area, aliases: ['北园'] }
          : area,
      ),
    };

    it('lets other words decide', () => {
      expect(placed({ address: '砚桥社区北园' }, '', alike).area).toBe('moxiang');
    });

    it('returns their common ancestor', () => {
      expect(placed({ address: '柳岸社区北园' }, '', alike).area).toBe('liuan');
      expect(placed({ address: '北园' }, '', alike).area).toBe('yunting');
    });

    it('does not find a name inside a longer one or inside another word', () => {
      const nested: City = {
        ...city,
        areas: city.areas.map((area) =>
          area.id === 'moxiang' ? { ...area, aliases: ['榆', 'park', '兰苑'] } : area,
        ),
      };
      expect(placed({ address: '锦榆家园' }, '', nested).area).toBe('jinyu-homes');
      expect(placed({ address: '汀兰苑' }, '', nested).area).toBe('tinglan-court');
      expect(placed({}, 'no parking here', nested).by).toBe('none');
      expect(placed({}, 'in the park.', nested).area).toBe('moxiang');
    });
  });

  it('always returns an area with its whole path, deterministically', () => {
    const ids = city.areas.map((area) => area.id);
    const hints = fc.record(
      {
        area: fc.constantFrom(...ids),
        address: fc.string({ unit: 'grapheme' }),
        longitude: fc.double({ min: 116.55, max: 116.7, noNaN: true }),
        latitude: fc.double({ min: 35.9, max: 35.98, noNaN: true }),
        crs: fc.constantFrom('wgs84' as const, 'gcj02' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(hints, fc.string({ unit: 'grapheme' }), (given, description) => {
        const result = resolvePlace(city, given, description);
        if (!result.ok) throw new Error('refused');
        expect(result.place.path).toEqual(pathOf(city, result.place.area));
        expect(result.place.path[0]).toBe('yunting');
        expect(result.place.path.at(-1)).toBe(result.place.area);
        expect(resolvePlace(city, given, description)).toEqual(result);
      }),
    );
  });
});

describe('pathOf', () => {
  it('is empty for an area that the city does not have', () => {
    expect(pathOf(city, 'atlantis')).toEqual([]);
  });
});

describe('gcj02ToWgs84', () => {
  it('converts a point in Beijing', () => {
    // Tiananmen as Chinese maps have it, and as GPS does.
    const { longitude, latitude } = gcj02ToWgs84(116.397499, 39.908722);
    expect(longitude).toBeCloseTo(116.391255, 4);
    expect(latitude).toBeCloseTo(39.907318, 4);
  });

  it('leaves points outside China unchanged', () => {
    expect(gcj02ToWgs84(4.9, 52.37)).toEqual({ longitude: 4.9, latitude: 52.37 });
  });

  it('inverts wgs84ToGcj02 to well under a metre', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 75, max: 134, noNaN: true }),
        fc.double({ min: 18, max: 53, noNaN: true }),
        (longitude, latitude) => {
          const shown = wgs84ToGcj02(longitude, latitude);
          const back = gcj02ToWgs84(shown.longitude, shown.latitude);
          expect(Math.abs(back.longitude - longitude)).toBeLessThan(5e-6);
          expect(Math.abs(back.latitude - latitude)).toBeLessThan(5e-6);
        },
      ),
    );
  });

  it('is smooth: neighbours stay neighbours', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 75, max: 134, noNaN: true }),
        fc.double({ min: 18, max: 53, noNaN: true }),
        (longitude, latitude) => {
          const here = gcj02ToWgs84(longitude, latitude);
          const near = gcj02ToWgs84(longitude + 1e-5, latitude + 1e-5);
          expect(Math.abs(near.longitude - here.longitude - 1e-5)).toBeLessThan(1e-6);
          expect(Math.abs(near.latitude - here.latitude - 1e-5)).toBeLessThan(1e-6);
        },
      ),
    );
  });
});

/** Where Chinese maps show a WGS-84 point: found by asking for the point that converts back to it. */
function shownAt(longitude: number, latitude: number): { longitude: number; latitude: number } {
  let shown = { longitude, latitude };
  for (let round = 0; round < 6; round += 1) {
    const back = gcj02ToWgs84(shown.longitude, shown.latitude);
    shown = {
      longitude: shown.longitude + longitude - back.longitude,
      latitude: shown.latitude + latitude - back.latitude,
    };
  }
  return shown;
}
