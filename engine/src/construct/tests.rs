//! Whatever is asked, the answer is sound.
