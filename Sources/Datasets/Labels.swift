import Mistakes

/// Requires that labels are classes.
func requireLabels(_ labels: [Int32], classes: Int) {
  require(classes >= 1, "samples are of at least 1 class, not \(classes)")
  guard let sample = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) else { return }
  unreachable(labelText(labels[sample], of: sample, classes: classes))
}

/// What is wrong with a label that is not a class.
func labelText(_ label: some BinaryInteger, of sample: Int, classes: Int) -> String {
  "label \(label) of sample \(sample) is not in 0 to \(classes - 1), the range of "
    + counted(classes, "class", "classes")
}
