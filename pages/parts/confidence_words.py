"""What each number and chart of the How sure page is, in two sentences."""

MEANING = {
    "mean confidence": "How sure the model is of its answers: the mean probability of the classes that it names. "
    "A model that is neither too sure nor too modest has as much confidence as accuracy.",
    "calibration error": "How far confidence and accuracy are apart: the gap between them in each of 15 ranges of "
    "confidence, averaged by how many examples a range has (expected calibration error, as Guo and others, 2017). "
    "It is 0 % where answers given with 80 % are right in 80 of 100 cases, and so for every other confidence.",
    "error by chance": "Even a perfectly calibrated model shows some calibration error in so few examples; 95 times in "
    "100 it stays below this. An error below it says nothing against the model.",
    "temperature": "What the model's logits are divided by so that its confidence fits the val split best; no answer "
    "changes. Above 1 the model was surer than it should be, below 1 less sure.",
    "temperatures": "Calibration error and loss (the mean −log of the true class's probability) with the probabilities "
    "as the model gives them, and as they are at the temperature. Intervals are 95 % by bootstrap; that of the change "
    "is paired, so where it does not hold 0 the change is more than chance.",
    "reliability": "Each bar is the accuracy of the answers in one range of confidence, with its 95 % interval "
    "(Wilson); a bar that ends below the dotted line was surer than right. The lower bars say how many examples each "
    "range has.",
    "decided precision": "Of the answers at least as sure as the threshold, the share that is right. It has a 95 % "
    "interval (Wilson), and none where nothing is decided.",
    "decided recall": "Of all examples, the share that is decided, and rightly. It can only fall as the threshold "
    "rises.",
    "decided": "How many answers are at least as sure as the threshold. Where one class is looked at, those that name "
    "it.",
    "examples": "How many examples of the split the numbers are about. Where one class is looked at, those that it is "
    "true of.",
    "threshold": "The confidence from which an answer that names this class is taken as decided. It is that of all "
    "classes unless you gave it its own.",
    "each class": "What the thresholds do to the answers that name each class, and to its own examples. A dash stands "
    "where there is nothing to take a share of.",
    "class precision": "Of the decided answers that name this class, the share that is right. There is none where no "
    "answer names it.",
    "class recall": "Of this class's examples, the share that is decided, and rightly. There is none where the split "
    "has no example of it.",
    "undecided": "The share of examples whose answer is less sure than the threshold, so that a person should look. "
    "A higher threshold leaves more undecided, and what is decided is more often right.",
    "thresholds": "Precision, recall and the share left undecided at every threshold; the vertical line is the one "
    "chosen. A good threshold lies where precision is as high as you need and no more is undecided than you can look "
    "at.",
    "promised": "The share of new examples whose set holds the true class, as split conformal prediction promises it "
    "when they come from the same source as val. The promise holds for any model, good or bad; a bad one needs larger "
    "sets.",
    "coverage": "The share of test examples whose set holds the true class, with its 95 % interval (Wilson). The sets "
    "were fitted on val alone, so that test can check the promise.",
    "set size": "How many classes a set has on average, with its 95 % interval by bootstrap. The nearer to 1, the more "
    "a set says.",
    "single": "The share of examples whose set is one class alone, with its 95 % interval (Wilson). These are the "
    "answers that stand without a second guess.",
    "empty": "The share of examples for which no class is probable enough, with its 95 % interval (Wilson). The model "
    "has not seen their like, or the promise is so low that it may leave some out.",
    "set sizes": "How many examples have a set of no class, of one, of two, and so on. A model that tells the classes "
    "apart has its examples at one.",
    "class coverage": "Coverage and mean size of the sets of each class's own examples. The promise is for all "
    "examples together, so a hard class may lie below it and an easy one above.",
    "roc": "At every threshold on a class's probability: the share of its examples above it, against the share of all "
    "others above it. A curve near the upper left tells the class apart; the dotted line is guessing.",
    "precision and recall": "At every threshold on a class's probability: the share of examples above it that are of "
    "the class, against the share of the class that is above it. It says more than ROC where a class is rare.",
    "areas": "The area under each class's ROC curve, and its average precision, each class against the rest, with 95 % "
    "intervals by bootstrap. Where the intervals of two classes lie far apart, chance does not explain the difference.",
    "auc": "The probability that an example of the class has a higher probability of it than one of another class. "
    "1 is perfect, 0.5 is guessing.",
    "average precision": "The mean of the precision over the recall that each threshold adds. 1 is perfect, the "
    "class's share of the examples is guessing.",
}
