// What stands for Lua values that JavaScript cannot have.

/** A function, a coroutine, a userdata. It only says what it was. */
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
