// Stands for Lua values that JavaScript cannot have.

/** A function, a coroutine or a userdata: only its text is left of it. */
export class LuaOpaque {
  /** As `tostring` shows it in Lua: `function: 0x1234`. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    Object.freeze(this);
  }

  toString(): string {
    return this.text;
  }
}
