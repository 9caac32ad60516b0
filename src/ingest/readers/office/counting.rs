//! How is the count of a list or heading written: 3, c, iii?
//!
//! Not here: what the count is, which every format keeps in its own way.

/// A way to write a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// 1, 2, 3
    #[default]
    Decimal,
    /// 01, 02, 03
    PaddedDecimal,
    /// a, b, c
    LowerLetter,
    /// A, B, C
    UpperLetter,
    /// i, ii, iii
    LowerRoman,
    /// I, II, III
    UpperRoman,
}

impl Form {
    /// `count` in this form.
    pub(super) fn write(self, count: i64) -> String {
        match self {
            Self::Decimal => count.to_string(),
            Self::PaddedDecimal => format!("{count:02}"),
            Self::LowerLetter => letters(count),
            Self::UpperLetter => letters(count).to_uppercase(),
            Self::LowerRoman => roman(count),
            Self::UpperRoman => roman(count).to_uppercase(),
        }
    }
}

/// a to z, then aa, bb ... as Word counts.
fn letters(count: i64) -> String {
    let Some(index) = u8::try_from((count - 1).rem_euclid(26)).ok().filter(|_| count > 0) else {
        return count.to_string();
    };
    char::from(b'a' + index).to_string().repeat(((count - 1) / 26).min(9) as usize + 1)
}

fn roman(count: i64) -> String {
    if !(1..4000).contains(&count) {
        return count.to_string();
    }
    let steps = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut rest = count;
    let mut out = String::new();
    for (value, sign) in steps {
        while rest >= value {
            out.push_str(sign);
            rest -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases = [
            (Form::Decimal, 12, "12"),
            (Form::PaddedDecimal, 3, "03"),
            (Form::LowerLetter, 27, "aa"),
            (Form::UpperLetter, 2, "B"),
            (Form::LowerRoman, 14, "xiv"),
            (Form::UpperRoman, 4, "IV"),
            (Form::LowerLetter, 0, "0"),
            (Form::LowerRoman, 5000, "5000"),
        ];
        for (form, count, expected) in cases {
            assert_eq!(form.write(count), expected);
        }
    }
}
