//! Compiles PUC Lua and the libc shim, and generates `ffi.rs`.
//!
//! For wasm32 the shim stands in for libc. For the host the same C sources are compiled with the
//! shim's functions renamed (`native_names.h`), so that tests and sanitizers run the same code.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "build/metadata.rs"]
mod metadata;

/// Lua files on the interpreter's hot path: optimised for speed, the rest but three for size.
const LUA_FAST: &[&str] = &["lcorolib.c", "ldo.c"];

/// The interpreter's loop: fast too, and no faster where it has copies of the functions it calls (lua/config_lvm.h).
const LUA_LOOP: &[&str] = &["lvm.c"];

/// On it too, and no faster for being larger.
const LUA_MEDIUM: &[&str] = &["lmem.c", "ltable.c", "ltablib.c"];

/// `lundump.c` is absent: `lua/refuse_binary.c` stands in for it.
const LUA_SMALL: &[&str] = &[
    "lapi.c",
    "lauxlib.c",
    "lbaselib.c",
    "lcode.c",
    "lctype.c",
    "ldblib.c",
    "ldebug.c",
    "ldump.c",
    "lfunc.c",
    "lgc.c",
    "linit.c",
    "liolib.c",
    "llex.c",
    "lmathlib.c",
    "loadlib.c",
    "lobject.c",
    "lopcodes.c",
    "loslib.c",
    "lparser.c",
    "lstate.c",
    "lstring.c",
    "lstrlib.c",
    "ltm.c",
    "lutf8lib.c",
    "lzio.c",
];

/// Our own C files in `lua/`.
const LUA_OURS: &[&str] = &["collector.c", "debug_guard.c", "refuse_binary.c", "safepoint.c", "waiting.c"];

/// Lua files that need a header of their own ahead of them (`lua/config_<name>.h`).
const LUA_CONFIGURED: &[&str] = &[
    "lauxlib.c",
    "lbaselib.c",
    "ldblib.c",
    "lgc.c",
    "liolib.c",
    "lmathlib.c",
    "lmem.c",
    "loslib.c",
    "lstrlib.c",
    "lvm.c",
];

/// The WebAssembly features every supported engine has, and no others.
const WASM_FLAGS: &[&str] = &[
    "-mcpu=mvp",
    "-mbulk-memory",
    "-msign-ext",
    "-mnontrapping-fptoint",
    "-mmutable-globals",
    "-mexception-handling",
    // setjmp as a WebAssembly exception.
    "-mllvm",
    "-wasm-enable-sjlj",
    // Unrolled loops are larger and no faster; so are addresses that loops carry along.
    "-fno-unroll-loops",
    "-mllvm",
    "-disable-lsr",
    // No libc but the shim, whose headers come from `-isystem`.
    "-nostdlibinc",
    "-fvisibility=hidden",
];

/// What is inlined is small.
const FAST_FLAGS: &[&str] = &["-O2", "-mllvm", "-inline-threshold=80"];

/// Nothing is inlined that makes its caller larger.
const LOOP_FLAGS: &[&str] = &["-O2", "-mllvm", "-inline-threshold=0"];

/// -Oz, and smaller still: what is inlined has one caller or shrinks the caller, and nothing is
/// computed on more paths so that it is there on one.
const SMALL_FLAGS: &[&str] =
    &["-Oz", "-mllvm", "-inline-threshold=-50", "-mllvm", "-enable-pre=false", "-mllvm", "-enable-load-pre=false"];

/// The linker's part of the contract: 32 pages at start, and a stack below everything else, so
/// that running over its end would trap instead of overwriting data.
const LINK_FLAGS: &[&str] = &["--initial-memory=2097152", "--stack-first", "-zstack-size=327680"];

fn main() {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    let wasm = var("CARGO_CFG_TARGET_ARCH") == "wasm32";
    let stock = lua_sources(&root);
    let lua = patched(&root, &stock);
    // For tests/patches, which compiles both.
    fs::create_dir_all(root.join("target")).expect("target is writable");
    fs::write(root.join("target/lua.sources"), format!("{}\n{}", stock.display(), lua.display()))
        .expect("target is writable");
    compile_lua(&root, &lua, wasm);
    compile_shim(&root, wasm);
    generate_bindings(&root, &lua, wasm);
    if wasm {
        for flag in LINK_FLAGS {
            println!("cargo:rustc-cdylib-link-arg={flag}");
        }
        // `validate-wasm.js --sizes` reads the map.
        println!("cargo:rustc-cdylib-link-arg=--Map={}", root.join("target/lua.map").display());
    }
    for watched in ["build.rs", "build", "lua", "shim-libc"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    println!("cargo:rerun-if-env-changed=LUA_PATCHES");
    println!("cargo:rerun-if-env-changed=LUA_STEPS");
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// The folder of the pinned `lua-src` package's Lua 5.4, as cargo resolved it. Only for this build's
/// platform: packages of others were never downloaded where cargo's home is new.
fn lua_sources(root: &Path) -> PathBuf {
    let output = Command::new(var("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .args(["--filter-platform", &var("TARGET"), "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .output()
        .expect("cargo metadata runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let manifest = metadata::manifest_of(&text, "lua-src")
        .unwrap_or_else(|| panic!("cargo metadata names lua-src: {}", String::from_utf8_lossy(&output.stderr)));
    let package = manifest.parent().expect("a manifest has a folder");
    fs::read_dir(package)
        .expect("the lua-src package is readable")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lua-5.4.")))
        .expect("lua-src carries Lua 5.4")
}

/// A copy of Lua's sources with our patches.
fn patched(root: &Path, lua: &Path) -> PathBuf {
    let copy = PathBuf::from(var("OUT_DIR")).join("lua");
    fs::create_dir_all(&copy).expect("OUT_DIR is writable");
    for file in fs::read_dir(lua).expect("the lua-src package is readable").flatten() {
        fs::copy(file.path(), copy.join(file.file_name())).expect("OUT_DIR is writable");
    }
    for path in patches(root) {
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        // A file's part begins with its name; what is ahead of the first one is for the reader.
        for part in text.split("\n--- ").skip(1) {
            apply(&copy, &format!("--- {part}\n"), &name);
        }
    }
    copy
}

/// Whether C counts no steps, `LUA_STEPS=off` in the environment, so that what they cost can be measured
/// (`lua/steps_off.h`).
fn steps_off() -> bool {
    env::var("LUA_STEPS").is_ok_and(|value| value == "off")
}

/// The series of patches (`lua/patches/README.md`), in order. With `LUA_PATCHES=<n>` in the environment only those
/// numbered up to n, so that their effect can be measured.
fn patches(root: &Path) -> Vec<PathBuf> {
    let last: u32 = env::var("LUA_PATCHES").map_or(u32::MAX, |last| last.parse().expect("LUA_PATCHES is a number"));
    let entries = fs::read_dir(root.join("lua/patches")).expect("lua/patches is readable");
    let mut series: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "patch"))
        .filter(|path| number(path) <= last)
        .collect();
    series.sort();
    series
}

/// The number in `0007-name.patch`.
fn number(patch: &Path) -> u32 {
    let name = patch.file_name().unwrap_or_default().to_string_lossy();
    let digits = name.split('-').next().unwrap_or_default();
    digits.parse().unwrap_or_else(|_| panic!("lua/patches/{name}: the name begins with no number"))
}

/// Makes the changes of one file, exactly as the patch has them.
fn apply(folder: &Path, part: &str, patch: &str) {
    let fault = |error: &dyn std::fmt::Display| -> ! { panic!("{patch} does not apply: {error}") };
    let changes = diffy::Patch::from_str(part).unwrap_or_else(|error| fault(&error));
    let file = folder.join(changes.original().expect("a patch names its file"));
    let old = fs::read_to_string(&file).unwrap_or_else(|error| fault(&format!("{}: {error}", file.display())));
    let new = diffy::apply(&old, &changes).unwrap_or_else(|error| fault(&format!("{}: {error}", file.display())));
    fs::write(&file, new).expect("OUT_DIR is writable");
}

/// A compiler for one group of C files, with what all of them share.
fn compiler(root: &Path, wasm: bool) -> cc::Build {
    let mut build = cc::Build::new();
    build.std("c11").warnings(false).include(root.join("shim-libc/include"));
    if wasm {
        build.flag(format!("-ffile-prefix-map={}=", root.display()));
        for flag in WASM_FLAGS {
            build.flag(flag);
        }
    } else {
        build.flag("-include").flag(root.join("shim-libc/native_names.h"));
        // WebAssembly has no fused multiply-add either.
        build.flag("-ffp-contract=off");
        // Lua's own assertions and the checks of its API, which trap (shim-libc/include/assert.h).
        build.define("LUAI_ASSERT", None).define("SHIM_DEBUG", None);
    }
    build
}

fn compile_lua(root: &Path, lua: &Path, wasm: bool) {
    let config = root.join("lua");
    let mut objects = Vec::new();
    let files = LUA_FAST.iter().map(|name| (lua.join(name), FAST_FLAGS));
    let files = files.chain(LUA_LOOP.iter().map(|name| (lua.join(name), LOOP_FLAGS)));
    let files = files.chain(LUA_MEDIUM.iter().map(|name| (lua.join(name), &["-Os"][..])));
    let files = files.chain(LUA_SMALL.iter().map(|name| (lua.join(name), SMALL_FLAGS)));
    let files = files.chain(LUA_OURS.iter().map(|name| (config.join(name), SMALL_FLAGS)));
    for (file, flags) in files {
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let mut build = compiler(root, wasm);
        build.include(lua).include(&config).flag("-include").flag(config.join("config.h"));
        if wasm {
            build.flags(flags);
        }
        if steps_off() && name != "safepoint.c" {
            build.define("LUA_STEPS_OFF", None);
        }
        if LUA_CONFIGURED.contains(&name.as_str()) {
            let header = name.replace(".c", ".h");
            build.flag("-include").flag(config.join(format!("config_{header}")));
        }
        objects.extend(build.file(&file).compile_intermediates());
    }
    if wasm {
        // build.sh checks what of libc these need against a golden list.
        let list: Vec<_> = objects.iter().map(|object| object.display().to_string()).collect();
        fs::write(root.join("target/lua.objects"), list.join("\n")).expect("target is writable");
    }
    link("lua54", &objects, wasm);
}

fn compile_shim(root: &Path, wasm: bool) {
    let mut build = compiler(root, wasm);
    let entries = fs::read_dir(root.join("shim-libc")).expect("shim-libc is readable");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // Read order is the file system's; link order must not be.
    files.sort();
    for file in files {
        // The host has its own setjmp.
        if file.extension().is_some_and(|e| e == "c") && (wasm || !file.ends_with("sjlj.c")) {
            build.file(file);
        }
    }
    if wasm {
        build.flags(SMALL_FLAGS);
    }
    if steps_off() {
        build.define("LUA_STEPS_OFF", None);
    }
    link("shim_native", &build.compile_intermediates(), wasm);
}

/// Hands objects to the linker: as an archive on the host, one by one for wasm32, so that no
/// `ar` that understands WebAssembly is needed.
fn link(name: &str, objects: &[PathBuf], wasm: bool) {
    if wasm {
        for object in objects {
            println!("cargo:rustc-cdylib-link-arg={}", object.display());
        }
    } else {
        cc::Build::new().objects(objects).compile(name);
    }
}

fn generate_bindings(root: &Path, lua: &Path, wasm: bool) {
    let mut builder = bindgen::Builder::default()
        .header(root.join("lua/bindings.h").display().to_string())
        .clang_arg(format!("-I{}", lua.display()))
        .allowlist_function("lua_.*|luaL_.*")
        .allowlist_var("LUA_.*")
        // Declared `extern "C-unwind"`: most of the API may raise.
        .override_abi(bindgen::Abi::CUnwind, ".*")
        .use_core()
        .layout_tests(false);
    if wasm {
        builder = builder.clang_args([
            "--target=wasm32-unknown-unknown",
            "-nostdlibinc",
            // Without it bindgen drops every function of a wasm target.
            "-fvisibility=default",
            &format!("-isystem{}", root.join("shim-libc/include").display()),
        ]);
    }
    builder
        .generate()
        .expect("bindgen reads lua.h")
        .write_to_file(PathBuf::from(var("OUT_DIR")).join("ffi.rs"))
        .expect("ffi.rs is written");
}
