/** The longest edge of a photo that is sent, in pixels; the service stores no larger one. */
const longestEdge = 2048;
const jpegQuality = 0.85;

/** Larger originals are not decoded, because that could crash the page. The photo that is sent is far smaller. */
export const originalLimitMegabytes = 40;

export type PhotoRefusal = 'not-an-image' | 'unreadable' | 'too-large';
export type Shrunk = { ok: true; blob: Blob } | { ok: false; refusal: PhotoRefusal };

/**
 * Converts a photo to an upright JPEG whose longest edge has at most 2048 pixels. Metadata, such as location and
 * camera, is removed.
 */
export async function shrinkPhoto(file: File, limitBytes: number): Promise<Shrunk> {
  // Some systems give no type; those files are checked by decoding them.
  if (file.type !== '' && !file.type.startsWith('image/')) return { ok: false, refusal: 'not-an-image' };
  if (file.size > originalLimitMegabytes * 1024 * 1024) return { ok: false, refusal: 'too-large' };
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, longestEdge / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const context = canvas.getContext('2d');
    if (!context) return { ok: false, refusal: 'unreadable' };
    // JPEG would show transparent areas in black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, 'image/jpeg', jpegQuality),
    );
    if (!blob) return { ok: false, refusal: 'unreadable' };
    return blob.size > limitBytes ? { ok: false, refusal: 'too-large' } : { ok: true, blob };
  } catch {
    return { ok: false, refusal: file.type === '' ? 'not-an-image' : 'unreadable' };
  } finally {
    URL.revokeObjectURL(address);
  }
}
