namespace DistGrad.Execute.Kernels;

/// <summary>Whole quarter turns and the rest of a huge angle, by integers (M. Payne and R. Hanek, 1983).</summary>
internal static class QuarterTurns
{
    // 2/pi: 64 zero bits, then 1216 bits after the binary point. An array, as code that is not optimised makes what a
    // span of constants refers to anew each time.
    static readonly ulong[] TwoOverPi =
    [
        0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
        0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4,
        0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D,
        0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB,
    ];

    /// <summary>
    /// x = N pi/2 + R + Tail up to a multiple of four turns, with |R| at most pi/4; NaN for an infinite x.
    /// </summary>
    /// <remarks>
    /// x = M 2^e with integers M and e >= -22. The bits of 2/pi above weight 2^(2-e) only add multiples of four; the
    /// 192 bits from there, times M, modulo 2^192, are the turn's two bits and 190 bits of fraction. No double comes
    /// nearer to a multiple of pi/2 than about 2^-61, so 75 bits and more of the rest are right.
    /// </remarks>
    internal static (long N, double R, double Tail) Of(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var biased = (int)(bits >> 52) & 0x7FF;
        if (biased == 0x7FF) return (0, double.NaN, double.NaN);
        var mantissa = (ulong)(bits & 0xFFFFFFFFFFFFF | 0x10000000000000);
        var (turns, high, low) = Product(mantissa, biased - 1075 + 62);

        var negative = (high >> 127) != 0;
        if (negative) (turns, high, low) = (turns + 1, low == 0 ? 0 - high : ~high, 0 - low);
        var (r, tail) = TimesHalfPi(high, low);
        if (negative) (r, tail) = (-r, -tail);
        return x < 0 ? (-turns, -r, -tail) : (turns, r, tail);
    }

    // The two bits of the turn and the fraction as 192 bits, of mantissa times the 192 bits of 2/pi from the start on.
    static (long Turns, UInt128 High, ulong Low) Product(ulong mantissa, int start)
    {
        var p0 = (UInt128)mantissa * Word(start + 128);
        var p1 = (UInt128)mantissa * Word(start + 64) + (p0 >> 64);
        var top = mantissa * Word(start) + (ulong)(p1 >> 64);
        var (middle, bottom) = ((ulong)p1, (ulong)p0);
        return ((long)(top >> 62), new UInt128(top << 2 | middle >> 62, middle << 2 | bottom >> 62), bottom << 2);
    }

    static ulong Word(int bit)
    {
        var (word, shift) = (bit >> 6, bit & 63);
        var high = TwoOverPi[word] << shift;
        return shift == 0 ? high : high | TwoOverPi[word + 1] >> (64 - shift);
    }

    // The fraction, normalised, times pi/2; both rounded products are exact pairs up to the last bits of the tail.
    static (double R, double Tail) TimesHalfPi(UInt128 high, ulong low)
    {
        var zeros = (int)UInt128.LeadingZeroCount(high);
        if (zeros > 0) high = high << zeros | (zeros >= 64 ? (UInt128)low << (zeros - 64) : low >> (64 - zeros));
        var scale = BitConverter.Int64BitsToDouble((long)(1023 - zeros) << 52);
        var first = (double)(ulong)(high >> 75) * 1.1102230246251565e-16;
        var second = (double)(ulong)(high >> 22 & 0x1FFFFFFFFFFFFF) * 1.232595164407831e-32;
        var r = first * 1.5707963267948966;
        var tail = Math.FusedMultiplyAdd(first, 1.5707963267948966, -r)
            + (first * 6.123233995736766e-17 + second * 1.5707963267948966);
        return (r * scale, tail * scale);
    }
}
