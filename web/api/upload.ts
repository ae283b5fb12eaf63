/** A presigned form for one photo, as `POST /api/uploads` returns it. */
export type UploadForm = { key: string; url: string; fields: Record<string, string> };

/** The upload is aborted after this long without progress; its total time is not limited. */
const stallTimeoutMilliseconds = 30_000;

/** Uploads one photo. Returns whether it succeeded; `progress` is called with shares from 0 to 1. */
export function upload(form: UploadForm, photo: Blob, progress: (share: number) => void): Promise<boolean> {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  // The file must be the last field: S3 ignores fields after it.
  body.append('file', photo, 'photo.jpg');
  // fetch reports no upload progress.
  const xhr = new XMLHttpRequest();
  return new Promise((resolve) => {
    const abort = (): void => xhr.abort();
    let timer = setTimeout(abort, stallTimeoutMilliseconds);
    xhr.upload.onprogress = (event) => {
      clearTimeout(timer);
      timer = setTimeout(abort, stallTimeoutMilliseconds);
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    xhr.onloadend = () => {
      clearTimeout(timer);
      resolve(xhr.status >= 200 && xhr.status < 300);
    };
    xhr.open('POST', form.url);
    xhr.send(body);
  });
}
