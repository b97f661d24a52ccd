namespace DistGrad;
internal static class Empty { }
