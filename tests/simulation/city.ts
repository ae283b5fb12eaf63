import type { City } from '../../shared/config/city.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { withOfficialDays } from '../../shared/config/official-days.ts';

const demo = withOfficialDays(loadCity(new URL('../../shared/config/demo-city.json', import.meta.url)));

/** The demo city, where every second department has a system of its own, some people have group robots, and little is kept. */
export const city: City = {
  ...demo,
  // So short that a run sees every erasure.
  retention: { contactDays: 30, photoDays: 45, textDays: 60 },
  departments: demo.departments.map((department, index) => ({
    ...department,
    ...(index % 2 === 0 && { webhook: { url: `https://${department.id}.example/assignments` } }),
    ...(index % 3 === 0 && { alerts: { webhook: { url: `https://robot.example/${department.id}` } } }),
  })),
  areas: demo.areas.map((area, index) => ({
    ...area,
    ...(index % 3 === 0 && { alerts: { webhook: { url: `https://robot.example/${area.id}` } } }),
  })),
};
