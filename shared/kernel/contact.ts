import { graphemesOf } from '../language/wording.ts';

/** How to reach the person who reported. In the clear only where it is used; see `shared/store/contact-cipher.ts`. */
export type Contact = { name?: string | undefined; phone?: string | undefined };

/** `138****5678`, `王*`: enough to recognise, not enough to use. */
export function masked({ name, phone }: Contact): Contact {
  const digits = phone?.replaceAll(/\D/g, '');
  const shown = digits !== undefined && digits.length >= 9 ? 3 : 0;
  return {
    ...(name !== undefined && { name: `${graphemesOf(name)[0] ?? ''}*` }),
    ...(digits !== undefined && {
      phone: `${digits.slice(0, shown)}****${digits.slice(shown > 0 ? -4 : -2)}`,
    }),
  };
}
