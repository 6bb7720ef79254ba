/**
 * Reads a gallery from its newest image to its oldest, page by page: all but the first come from the database.
 *
 * @param {(path: string) => Promise<{ status: number, body: Buffer }>} get
 * @returns {Promise<{ times: number[], images: number }>} ms of each page
 */
export async function walkGallery(get) {
  const times = [];
  let images = 0;
  let cursor = '';
  do {
    const began = performance.now();
    const { status, body } = await get(`/api/gallery?limit=100${cursor && `&cursor=${cursor}`}`);
    times.push(performance.now() - began);
    if (status !== 200) throw new Error(`answered with ${status}: ${body}`);
    const { data, page } = JSON.parse(body);
    images += data.length;
    cursor = page.nextCursor;
  } while (cursor);
  return { times, images };
}
