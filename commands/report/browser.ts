/** Opens a page in the browser that the desktop prefers. */

/** By operating system, the programs that hand an address to it; those not listed are tried as on Linux. */
const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  darwin: ["open"],
  linux: ["xdg-open", "wslview"],
};

/** @returns whether a program was there and took the address; a machine without a screen has none that does */
export async function openInBrowser(address: string): Promise<boolean> {
  for (const program of OPENERS[Deno.build.os] ?? OPENERS.linux!) {
    const command = new Deno.Command(program, {
      args: [address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    try {
      if ((await command.output()).success) return true;
    } catch (error) {
      // Of a program that is not there Deno asks for the permission anew.
      const absent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotCapable;
      if (!absent) throw error;
    }
  }
  return false;
}
