//! The migrations are embedded into the program: a new file has to make it anew.

fn main() {
    println!("cargo::rerun-if-changed=../../../migrations");
}
