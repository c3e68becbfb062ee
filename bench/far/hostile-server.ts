export type HostileOptions = { readonly seed: number };
export async function startHostileServers(_: HostileOptions): Promise<{ readonly smtpPort: number; readonly dnsPort: number }> {
  return { smtpPort: 0, dnsPort: 0 };
}
export function hostileCounts(): { readonly connections: number } {
  return { connections: 0 };
}
