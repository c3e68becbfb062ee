/**
 * The service behind workerd's KV binding, over a Map: GET and PUT of a key, and a read of several, over HTTP inside the
 * process. Expiry is ignored, since a run is shorter than any of it, and a listing is empty. Initial values come as JSON
 * in `VALUES`. A queue binding may point here as well: messages are accepted and dropped.
 */
const written = new Map<string, string>();

export default {
  async fetch(request: Request, { VALUES }: { readonly VALUES: string }): Promise<Response> {
    const read = (key: string): string | undefined => written.get(key) ?? JSON.parse(VALUES)[key];
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (key === '') return Response.json({ keys: [], list_complete: true });
    if (key === 'bulk/get') {
      const { keys } = (await request.json()) as { readonly keys: readonly string[] };
      return Response.json(Object.fromEntries(keys.map((each) => [each, read(each) ?? null])));
    }
    if (request.method === 'PUT') {
      written.set(key, await request.text());
      return new Response(null, { status: 204 });
    }
    const value = request.method === 'GET' ? read(key) : undefined;
    return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
  },
};
