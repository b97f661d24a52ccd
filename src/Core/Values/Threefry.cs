using System.Numerics;

namespace DistGrad;

/// <summary>
/// Threefry-2x32 with 20 rounds: a keyed bijection on 64-bit counters, whose outputs pass as random.
/// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), table 2 and section 3.2.
/// </summary>
internal static class Threefry
{
    private const uint Parity = 0x1BD11BDA;

    /// <summary>The random bits that this key gives to this counter.</summary>
    public static ulong Bits(ulong key, ulong counter)
    {
        var (k0, k1) = ((uint)(key >> 32), (uint)key);
        var k2 = Parity ^ k0 ^ k1;
        var (x0, x1) = ((uint)(counter >> 32) + k0, (uint)counter + k1);
        (x0, x1) = Four(x0, x1, 13, 15, 26, 6);
        (x0, x1) = Four(x0 + k1, x1 + k2 + 1, 17, 29, 16, 24);
        (x0, x1) = Four(x0 + k2, x1 + k0 + 2, 13, 15, 26, 6);
        (x0, x1) = Four(x0 + k0, x1 + k1 + 3, 17, 29, 16, 24);
        (x0, x1) = Four(x0 + k1, x1 + k2 + 4, 13, 15, 26, 6);
        return ((ulong)(x0 + k2) << 32) | (x1 + k0 + 5);
    }

    /// <summary>The leading 53 bits as a number in [0, 1), each multiple of 2^-53 equally likely.</summary>
    public static double Uniform64(ulong bits) => (bits >> 11) * (1.0 / (1L << 53));

    /// <summary>The leading 24 bits as a number in [0, 1), each multiple of 2^-24 equally likely.</summary>
    public static float Uniform32(ulong bits) => (bits >> 40) * (1f / (1 << 24));

    private static (uint X0, uint X1) Four(uint x0, uint x1, int r0, int r1, int r2, int r3)
    {
        (x0, x1) = Mix(x0, x1, r0);
        (x0, x1) = Mix(x0, x1, r1);
        (x0, x1) = Mix(x0, x1, r2);
        return Mix(x0, x1, r3);
    }

    private static (uint X0, uint X1) Mix(uint x0, uint x1, int rotation) =>
        (x0 + x1, BitOperations.RotateLeft(x1, rotation) ^ (x0 + x1));
}
