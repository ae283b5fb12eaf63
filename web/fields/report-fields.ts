/** The form's field for a path in the API's errors. */
export function fieldOf(path: string): string {
  if (path.startsWith('photos')) return 'photos';
  return path
    .replace(/^location\.(longitude|latitude|crs)$/, 'position')
    .replace(/^(location|contact)\./, '');
}

export function isPhone(text: string): boolean {
  return /^\+?[\d\s()-]{5,24}$/.test(text);
}

/** Place and contact for the API, from the texts entered; empty ones are omitted. */
export function placeAndContact(entered: { area: string; address: string; name: string; phone: string }): {
  location: { area?: string; address?: string };
  contact?: { name?: string; phone?: string };
} {
  const [address, name, phone] = [entered.address, entered.name, entered.phone].map((text) => text.trim());
  return {
    location: { ...(entered.area && { area: entered.area }), ...(address && { address }) },
    ...((name || phone) && { contact: { ...(name && { name }), ...(phone && { phone }) } }),
  };
}
