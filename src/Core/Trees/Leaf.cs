namespace DistGrad.Trees;

/// <summary>A tensor of a tree and the path that leads to it.</summary>
public readonly record struct Leaf(string Path, Tensor Tensor);
