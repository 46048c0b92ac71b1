// prepare - copies the sources that the package has: contracts/src of this repository, as they are.
import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url)), target = join(here, "src");
rmSync(target, { recursive: true, force: true });
cpSync(join(here, "../../contracts/src"), target, { recursive: true });
