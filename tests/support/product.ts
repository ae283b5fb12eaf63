import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunctions, buildWeb, readCity } from '../../infra/build.ts';
import { createApp } from '../../infra/create-app.ts';
import type { Template } from '../../infra/local/template/assembly.ts';
import { startCloud, type Cloud } from '../../infra/local/cloud.ts';

type CityFile = Record<string, unknown>;
/** The differences of a variant from the product. */
export type Change = {
  /** Changes each template. */
  template?: (template: Template) => void;
  /** Changes the city that is bundled with the functions. */
  city?: (city: CityFile) => void;
};

/** The product's templates and functions, for an embedded cloud in the test's process. */
export class Product {
  readonly folder = mkdtempSync(join(tmpdir(), 'suishoubao-product-'));
  readonly dataDir = join(this.folder, 'data');
  readonly #templates = join(this.folder, 'templates');
  #variants = 0;

  /** Synthesizes the stacks for the demo city, changed by `change`. */
  static async make(change: (city: CityFile) => void = () => undefined): Promise<Product> {
    const product = new Product();
    const file = join(product.folder, 'city.json');
    const demo = new URL('../../shared/config/demo-city.json', import.meta.url);
    const changed = JSON.parse(readFileSync(demo, 'utf8')) as CityFile;
    change(changed);
    writeFileSync(file, JSON.stringify(changed));
    const city = readCity(file);
    const [functions, pages] = await Promise.all([
      buildFunctions({ city, output: join(product.folder, 'functions') }),
      buildWeb(),
    ]);
    createApp({ city, functions, pages, outdir: product.#templates, validation: false }).app.synth();
    return product;
  }

  /** Starts a cloud on this product's one data folder; the previous one must have stopped. */
  async start(change?: Change): Promise<Cloud> {
    const templatesDir = change ? this.#variant(change) : this.#templates;
    return startCloud({ templatesDir, dataDir: this.dataDir, port: 0 });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A folder of changed templates; all other files are the same. */
  #variant({ template, city }: Change): string {
    const folder = join(this.folder, `templates-${(this.#variants += 1)}`);
    mkdirSync(folder);
    for (const name of readdirSync(this.#templates)) {
      const original = join(this.#templates, name);
      const target = join(folder, name);
      if (template && name.endsWith('.template.json'))
        writeChanged(original, target, (value) => {
          template(value as unknown as Template);
        });
      else if (city && existsSync(join(original, 'city.json'))) {
        mkdirSync(target);
        for (const file of readdirSync(original)) {
          const [from, to] = [join(original, file), join(target, file)];
          if (file === 'city.json') writeChanged(from, to, city);
          // Code looks for the city beside its real path.
          else if (file === 'index.mjs') copyFileSync(from, to);
          else symlinkSync(from, to);
        }
      } else symlinkSync(original, target);
    }
    return folder;
  }
}

function writeChanged(from: string, to: string, change: (value: CityFile) => void): void {
  const value = JSON.parse(readFileSync(from, 'utf8')) as CityFile;
  change(value);
  writeFileSync(to, JSON.stringify(value));
}

/** Removes an action from the role whose logical id begins with `role`, if it is in this template. */
export function withoutGrant(template: Template, role: string, action: string): void {
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::IAM::Policy' || !id.startsWith(`${role}DefaultPolicy`)) continue;
    const document = Properties?.['PolicyDocument'] as { Statement: { Action: string | string[] }[] };
    document.Statement = document.Statement.flatMap((statement) => {
      const left = [statement.Action].flat().filter((one) => one !== action);
      return left.length === 0 ? [] : [{ ...statement, Action: left }];
    });
  }
}

/** Removes resources of a type by their logical ids. */
export function withoutResource(template: Template, type: string, id: RegExp): void {
  for (const [name, { Type }] of Object.entries(template.Resources))
    if (Type === type && id.test(name)) Reflect.deleteProperty(template.Resources, name);
}
