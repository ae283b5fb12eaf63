/** Limits of a photo. `GET /api/city` publishes them, so that the form can check before sending. */
export const photoLimits = {
  count: 9,
  bytes: 10 * 1024 * 1024,
  /** A larger decoded photo would exceed the function's memory. */
  pixels: 60_000_000,
  /** No camera makes a longer edge; one row of sixty million pixels would keep the decoder busy for a minute. */
  edge: 20_000,
  /** The lifetime of an upload form and of a link to a photo. */
  uploadSeconds: 600,
  linkSeconds: 600,
} as const;

/** The accepted image types, by the name that their header gives them. */
export const photoTypes = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' } as const;
export type PhotoType = (typeof photoTypes)[keyof typeof photoTypes];

export const textLimits = { description: { least: 2, most: 2000 } } as const;

/** How many days a repeated submission is recognised by its idempotency key. */
export const replayDays = 7;
