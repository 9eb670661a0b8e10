import { LuaPersistent } from "lua-persistent";
import { Steps } from "./steps.js";

export const dynamic = "force-dynamic";

/** On the server, for each request. */
export default async function Page() {
  const lua = await LuaPersistent.open();
  const { values } = await lua.run("return 6 * 7");
  await lua.close();
  return <Steps fromServer={values[0]} />;
}
